#!/bin/sh
# Who unwinds C++ exceptions: the compiler's library, with leakwatch as without. Argument: the program.
# expect: _Unwind_RaiseException is from libgcc_s.so.1
# expect: _Unwind_Resume is from libgcc_s.so.1
exec "$1"
