/* Tests with GoogleTest of which one leaves three resources behind. test_frameworks.py says how they end. */
#include "leakwatch/leakwatch_gtest.hpp"

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

static const bool watched = leakwatch::watch_tests();

namespace {

__attribute__((noinline)) int open_null()
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    EXPECT_GE(fd, 0);
    return fd;
}

class Suite : public ::testing::Test {
  protected:
    static void SetUpTestSuite()
    {
        shared = open_null();
    }

    static void TearDownTestSuite()
    {
        close(shared);
    }

    void SetUp() override
    {
        own = open_null();
    }

    void TearDown() override
    {
        close(own);
    }

    int own = -1;
    static int shared;
};

int Suite::shared = -1;

TEST_F(Suite, Clean)
{
    EXPECT_EQ(close(open_null()), 0);
}

TEST_F(Suite, Leaking)
{
    leakwatch::label(open_null(), "spool");
    open_null();
    EXPECT_NE(std::fopen("/dev/null", "r"), nullptr);
}

TEST_F(Suite, Allowed)
{
    leakwatch::allow_leaks("stays open");
    open_null();
}

TEST_F(Suite, Dying)
{
    EXPECT_EXIT(_exit(open_null() < 0), ::testing::ExitedWithCode(0), "");
}

TEST(Parent, IsWatched)
{
    EXPECT_EQ(watched, leakwatch::active());
}

} // namespace

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
