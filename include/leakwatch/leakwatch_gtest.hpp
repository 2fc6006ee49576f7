/* GoogleTest: each test is a scope, and a test that leaves resources behind fails with what it left and who took it. Without
 * libleakwatch.so preloaded nothing is added. What SetUpTestSuite takes belongs to the suite, and is not looked at. What the
 * baseline of `leakwatch gate` knows makes no test fail.
 *
 *     #include <leakwatch/leakwatch_gtest.hpp>
 *     static const bool watched = leakwatch::watch_tests();
 *     TEST(Spool, IsClosed) { ... }
 */
#ifndef LEAKWATCH_GTEST_HPP
#define LEAKWATCH_GTEST_HPP

#include <cstdlib>
#include <gtest/gtest.h>
#include <memory>
#include <string>

#include "leakwatch/leakwatch.hpp"
#include "leakwatch/leakwatch_baseline.h"
#include "leakwatch/leakwatch_print.h"

namespace leakwatch {

/* The key, in the properties of a test, of the reason why it may leave something behind. */
constexpr const char *leaks_allowed = "leakwatch_leaks_allowed";

/* What the running test leaves behind is held on purpose: neither it nor leakwatch's reports complain.
 *
 *     TEST(Plugins, Load) {
 *         leakwatch::allow_leaks("plugins stay loaded");
 *         load_plugins();
 *     }
 */
inline void allow_leaks(const std::string &reason)
{
    ::testing::Test::RecordProperty(leaks_allowed, reason);
}

class test_listener : public ::testing::EmptyTestEventListener {
    void OnTestStart(const ::testing::TestInfo &test) override
    {
        scope_.reset(new scope(name_of(test)));
    }

    void OnTestEnd(const ::testing::TestInfo &test) override
    {
        const ::testing::TestResult &result = *test.result();
        if (result.Failed())
            scope_->fail("the test failed");
        for (int i = 0; i < result.test_property_count(); i++)
            if (result.GetTestProperty(i).key() == std::string(leaks_allowed))
                leakwatch_expect_all(scope_->get(), result.GetTestProperty(i).value());
        const std::unique_ptr<char, decltype(&std::free)> held(leakwatch_describe_held(scope_->get()), std::free);
        const std::size_t left = scope_->end();
        scope_.reset();
        if (left > 0 && left > leakwatch_known_leaks(name_of(test).c_str()))
            ADD_FAILURE_AT(test.file(), test.line())
                << name_of(test) << " ends with " << left << " of its resources still held\n"
                << (held ? held.get() : "");
    }

    static std::string name_of(const ::testing::TestInfo &test)
    {
        return std::string(test.test_suite_name()) + "." + test.name();
    }

    std::unique_ptr<scope> scope_;
};

/* Watches all tests of this program, from main or from an initialiser. True: they are being watched.
 *
 *     int main(int argc, char **argv) {
 *         testing::InitGoogleTest(&argc, argv);
 *         leakwatch::watch_tests();
 *         return RUN_ALL_TESTS();
 *     }
 */
inline bool watch_tests()
{
    if (!leakwatch::active())
        return false;
    ::testing::UnitTest::GetInstance()->listeners().Append(new test_listener);
    return true;
}

} // namespace leakwatch

#endif
