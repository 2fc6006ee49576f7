# Writes the manual pages, anew and all of them: cmake -DCOMMAND=… -DDIRECTORY=… -P Manual.cmake

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
file(MAKE_DIRECTORY ${DIRECTORY})
foreach(name IN LISTS names)
    print(--man=${name} ${DIRECTORY}/leakwatch-${name}.1)
endforeach()
print(--man ${DIRECTORY}/leakwatch.1) # the last one, which says that all are there
