/* What C++ has to lock, used as it may be: nothing is said of any of it, nor where an exception leaves a guard.
 *
 * expect-total: findings=0
 */
#include <barrier>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

constexpr int rounds = 200;

struct counter {
    std::mutex mutex;
    std::recursive_mutex again;
    std::timed_mutex timed;
    std::recursive_timed_mutex timed_again;
    std::shared_mutex shared;
    std::shared_timed_mutex timed_shared;
    std::condition_variable filled;
    std::condition_variable_any any;
    int value = 0;
    bool full = false;
};

void counts(counter &counter)
{
    const std::lock_guard outer(counter.again);
    const std::lock_guard inner(counter.again);
    const std::lock_guard guard(counter.mutex);
    counter.value++;
}

void throws(counter &counter)
{
    const std::lock_guard guard(counter.mutex);
    throw std::runtime_error("left by an exception");
}

void works(counter &counter)
{
    for (int i = 0; i < rounds; i++) {
        counts(counter);
        try {
            throws(counter);
        } catch (const std::runtime_error &) {
        }
        if (std::unique_lock lock(counter.timed, std::chrono::milliseconds(1)); lock)
            lock.unlock();
        {
            const std::shared_lock reader(counter.shared);
        }
        const std::unique_lock outer(counter.timed_again, std::chrono::minutes(1));
        const std::unique_lock inner(counter.timed_again, std::chrono::minutes(1));
        if (const std::shared_lock reader(counter.timed_shared, std::chrono::milliseconds(1)); !reader)
            std::this_thread::yield();
        const std::unique_lock writer(counter.shared);
        std::scoped_lock both(counter.mutex, counter.timed);
    }
}

void waits(counter &counter)
{
    std::unique_lock lock(counter.mutex);
    counter.filled.wait(lock, [&] { return counter.full; });
    counter.any.wait_for(lock, std::chrono::microseconds(1), [] { return false; });
}

void fills(counter &counter)
{
    const std::lock_guard guard(counter.mutex);
    counter.full = true;
    counter.filled.notify_all();
}

std::once_flag flag;

/* What has no lock behind it, or one that is not seen. */
const std::vector<int> &first_use()
{
    static const std::vector<int> values(3, 1);
    return values;
}

void meets()
{
    std::latch latch(2);
    std::barrier barrier(2);
    std::counting_semaphore<2> semaphore(1);
    const auto meet = [&] {
        latch.arrive_and_wait();
        barrier.arrive_and_wait();
        semaphore.acquire();
        first_use();
        semaphore.release();
    };
    const std::jthread other(meet);
    meet();
}

} // namespace

int main()
{
    counter counter;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 3; i++)
            threads.emplace_back([&] { works(counter); });
        threads.emplace_back([&] { waits(counter); });
        threads.emplace_back([](const std::stop_token &stop) {
            while (!stop.stop_requested())
                std::this_thread::yield();
        });
        threads.emplace_back([&] { fills(counter); });
    }
    meets();
    auto value = std::async(std::launch::async, [&] {
        std::call_once(flag, [&] { counts(counter); });
        const std::lock_guard guard(counter.mutex);
        return counter.value;
    });
    std::printf("%d\n", value.get());
    return 0;
}
