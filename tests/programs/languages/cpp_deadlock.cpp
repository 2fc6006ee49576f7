/* Two threads of C++ take two mutexes with guards, in opposite orders: told with the program's own functions, whatever of
 * the library's is inlined.
 *
 * expect: deadlock count=1 findings=1 call=pthread_mutex_lock class=lock type=mutex level=error members=4
 *         ways=pay|refund|from_till|from_bank
 * expect-text: error: 2 threads wait for each other at *cpp_deadlock.cpp:*
 * expect-signal: KILL
 */
#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace {

std::mutex till, bank;
std::atomic<int> taken;

void both_are_taken()
{
    taken++;
    while (taken < 2)
        std::this_thread::yield();
}

[[gnu::noinline]] void from_bank()
{
    const std::lock_guard<std::mutex> guard(bank);
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

[[gnu::noinline]] void from_till()
{
    const std::unique_lock<std::mutex> lock(till);
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

[[gnu::noinline]] void pay()
{
    const std::lock_guard<std::mutex> guard(till);
    both_are_taken();
    from_bank();
}

[[gnu::noinline]] void refund()
{
    const std::lock_guard<std::mutex> guard(bank);
    both_are_taken();
    from_till();
}

/* 2: somebody waits for it. */
void until_awaited(std::mutex &mutex)
{
    while (__atomic_load_n(&mutex.native_handle()->__data.__lock, __ATOMIC_ACQUIRE) != 2)
        usleep(1000);
}

} // namespace

int main()
{
    std::thread payer(pay), other(refund);
    until_awaited(till);
    until_awaited(bank);
    return kill(getpid(), SIGKILL);
}
