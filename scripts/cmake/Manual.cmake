# Writes the manual pages and the shells' completion, anew and all of them: cmake -DCOMMAND=… -DDIRECTORY=… -P Manual.cmake

function(print option file)
    execute_process(COMMAND ${COMMAND} ${option} OUTPUT_FILE ${file} RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
        file(REMOVE_RECURSE ${DIRECTORY})
        message(FATAL_ERROR "leakwatch ${option}: ${status}")
    endif()
endfunction()

execute_process(COMMAND ${COMMAND} --list-commands OUTPUT_VARIABLE names RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "leakwatch --list-commands: ${status}")
endif()
string(REGEX MATCHALL "[^\n]+" names "${names}")
file(REMOVE_RECURSE ${DIRECTORY})
file(MAKE_DIRECTORY ${DIRECTORY}/man1 ${DIRECTORY}/completion)
foreach(name IN LISTS names)
    print(--man=${name} ${DIRECTORY}/man1/leakwatch-${name}.1)
endforeach()
print(--completion=bash ${DIRECTORY}/completion/leakwatch)
print(--completion=zsh ${DIRECTORY}/completion/_leakwatch)
print(--completion=fish ${DIRECTORY}/completion/leakwatch.fish)
print(--man ${DIRECTORY}/man1/leakwatch.1) # the last one, which says that all are there
