// Uses the installed C++ header.
#include <leakwatch/leakwatch.hpp>

int main()
{
    leakwatch::scope scope("consumer");
    return scope.end() == 0 ? 0 : 1;
}
