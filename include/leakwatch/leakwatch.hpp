/* leakwatch.h for C++11 and later: a scope as a guard, resources by their types, and callbacks as lambdas. Without
 * exceptions and without run-time types too. The rules of leakwatch.h hold here; nothing of it throws, except what a
 * callback of held throws itself.
 *
 *     leakwatch::scope request("request");
 *     leakwatch::label(fd, "spool");
 *     handle(fd);
 */
#ifndef LEAKWATCH_HPP
#define LEAKWATCH_HPP

#include <cstddef>
#include <cstdio>
#include <dirent.h>
#include <exception>
#include <string>
#include <sys/types.h>
#include <type_traits>
#include <utility>

#include "leakwatch/leakwatch.h"

namespace leakwatch {

/* ---- Scopes ---- */

/* Is this program being watched?
 *
 *     if (leakwatch::active())
 *         std::puts("descriptors are being watched");
 *     run();
 */
inline bool active() noexcept
{
    return leakwatch_active() != 0;
}

namespace detail {

/* How many exceptions are on their way. Before C++17 one can only tell whether any is. */
inline int exceptions() noexcept
{
#ifdef __cpp_lib_uncaught_exceptions
    return std::uncaught_exceptions();
#else
    return std::uncaught_exception() ? 1 : 0;
#endif
}

} // namespace detail

/* A scope that ends with this object, and that is marked as failed by itself where an exception ends it, unless fail
 * has said why before.
 *
 *     leakwatch::scope scope("load_user");
 *     if (!found)
 *         scope.fail("no such user");
 */
class scope {
  public:
    explicit scope(const char *name) noexcept : entry_(leakwatch_scope_begin(name)), exceptions_(detail::exceptions())
    {
    }

    explicit scope(const std::string &name) noexcept : scope(name.c_str())
    {
    }

    /* Guards a scope that was begun elsewhere, or that another guard has released. */
    explicit scope(leakwatch_scope_t entry) noexcept : entry_(entry), exceptions_(detail::exceptions())
    {
    }

    scope(scope &&other) noexcept : failed_(other.failed_), entry_(other.release()), exceptions_(other.exceptions_)
    {
    }

    scope &operator=(scope &&other) noexcept
    {
        if (this != &other) {
            finish();
            exceptions_ = other.exceptions_;
            failed_ = other.failed_;
            entry_ = other.release();
        }
        return *this;
    }

    scope(const scope &) = delete;
    scope &operator=(const scope &) = delete;

    ~scope()
    {
        finish();
    }

    /* Ends it now; returns how many of the resources acquired in it are still held. Later calls do nothing.
     *
     *     leakwatch::scope scope("request");
     *     handle(request);
     *     if (scope.end() > 0)
     *         std::puts("something was left open");
     */
    std::size_t end() noexcept
    {
        leakwatch_scope_t entry = release();
        return entry ? leakwatch_scope_end(entry) : 0;
    }

    /* Marks it as failed. The last reason counts.
     *
     *     leakwatch::scope scope("request");
     *     if (!parse(request))
     *         scope.fail("bad request");
     */
    void fail(const char *reason) noexcept
    {
        failed_ = true;
        if (entry_)
            leakwatch_scope_fail(entry_, reason);
    }

    void fail(const std::string &reason) noexcept
    {
        fail(reason.c_str());
    }

    /* Takes it off this thread, and puts it onto the thread that calls attach: false where that is not possible. A guard
     * may be moved between the two.
     *
     *     guard.detach();
     *     std::thread([] { guard.attach(); work(); guard.detach(); }).join();
     *     guard.attach();
     */
    void detach() noexcept
    {
        if (entry_)
            leakwatch_scope_detach(entry_);
    }

    bool attach() noexcept
    {
        exceptions_ = detail::exceptions();
        return !entry_ || leakwatch_scope_attach(entry_) == 0;
    }

    /* The scope goes on without this guard.
     *
     *     leakwatch::scope guard("request");
     *     guard.detach();
     *     connection->scope = guard.release();
     */
    leakwatch_scope_t release() noexcept
    {
        leakwatch_scope_t entry = entry_;
        entry_ = nullptr;
        return entry;
    }

    /* For the functions of leakwatch.h; null where it has ended, or nobody watches. */
    leakwatch_scope_t get() const noexcept
    {
        return entry_;
    }

  private:
    void finish() noexcept
    {
        if (entry_ && !failed_ && detail::exceptions() > exceptions_)
            fail("left by an exception");
        end();
    }

    bool failed_ = false; /* and its reason stays; moved before the entry goes */
    leakwatch_scope_t entry_;
    int exceptions_; /* on their way when it began */
};

/* ---- Single resources ---- */

/* What the functions below take: a descriptor, a stream or a directory, as they are. A child's number is an int too, and
 * says that it is one.
 *
 *     leakwatch::label(fd, "spool");
 *     leakwatch::label(stream, "log");
 *     leakwatch::label(leakwatch::resource::child(pid), "worker");
 */
class resource {
  public:
    resource(int descriptor) noexcept : resource(LEAKWATCH_FD(descriptor)) // NOLINT(google-explicit-constructor)
    {
    }

    resource(std::FILE *stream) noexcept : resource(LEAKWATCH_KIND_STREAM, number(stream)) // NOLINT
    {
    }

    resource(DIR *directory) noexcept : resource(LEAKWATCH_KIND_DIR, number(directory)) // NOLINT
    {
    }

    static resource child(pid_t pid) noexcept
    {
        return resource(LEAKWATCH_CHILD(pid));
    }

    /* That this thread holds: std::mutex's native_handle(), or a pthread_mutex_t *. */
    static resource lock(const void *held) noexcept
    {
        return resource(LEAKWATCH_KIND_LOCK, number(held));
    }

    enum leakwatch_kind kind() const noexcept
    {
        return kind_;
    }

    uintptr_t handle() const noexcept
    {
        return handle_;
    }

  private:
    resource(enum leakwatch_kind kind, uintptr_t handle) noexcept : kind_(kind), handle_(handle)
    {
    }

    static uintptr_t number(const void *pointer) noexcept
    {
        return reinterpret_cast<uintptr_t>(pointer);
    }

    enum leakwatch_kind kind_;
    uintptr_t handle_;
};

/* The resource is held for another scope from now on; by default for the one around the one that holds it. False where the
 * resource is not known or the scope has ended.
 *
 *     int fd = connect_to(server);
 *     leakwatch::hand_over(fd, LEAKWATCH_PROCESS);
 *     pool_put(pool, fd);
 */
inline bool hand_over(resource what, leakwatch_scope_t to = LEAKWATCH_OUTER) noexcept
{
    return leakwatch_hand_over(what.kind(), what.handle(), to) == 0;
}

inline bool hand_over(resource what, const scope &to) noexcept
{
    return hand_over(what, to.get());
}

/* The resource is held for life, on purpose: no finding. False where it is not known.
 *
 *     std::FILE *log = std::fopen("server.log", "a");
 *     leakwatch::expect_held(log, "open until the server ends");
 *     run(log);
 */
inline bool expect_held(resource what, const char *reason) noexcept
{
    return leakwatch_expect_held(what.kind(), what.handle(), reason) == 0;
}

inline bool expect_held(resource what, const std::string &reason) noexcept
{
    return expect_held(what, reason.c_str());
}

/* A few words that reports show with the resource. False where it is not known.
 *
 *     int fd = open(path, O_RDONLY);
 *     leakwatch::label(fd, tenant->name);
 *     load(fd);
 */
inline bool label(resource what, const char *text) noexcept
{
    return leakwatch_label(what.kind(), what.handle(), text) == 0;
}

inline bool label(resource what, const std::string &text) noexcept
{
    return label(what, text.c_str());
}

namespace detail {

/* A callback and the exception that it threw, which must not pass through libleakwatch.so. */
template <typename Callback> struct listener {
    Callback &callback;
#ifdef __cpp_exceptions
    std::exception_ptr thrown;
#endif

    void hear(const leakwatch_resource &resource)
    {
#ifdef __cpp_exceptions
        if (thrown)
            return;
        try {
            callback(resource);
        } catch (...) {
            thrown = std::current_exception();
        }
#else
        callback(resource);
#endif
    }

    static void call(const leakwatch_resource *resource, void *context)
    {
        static_cast<listener *>(context)->hear(*resource);
    }
};

} // namespace detail

/* Calls back for everything that a scope holds, the innermost of this thread by default, and returns how many there were.
 * What the callback throws is thrown on, and the rest not told.
 *
 *     leakwatch::held([](const leakwatch_resource &resource) {
 *         std::printf("%s by %s\n", resource.type, resource.call);
 *     });
 */
template <typename Callback> std::size_t held(Callback &&callback, leakwatch_scope_t scope = nullptr)
{
    using function = typename std::remove_reference<Callback>::type;
#ifdef __cpp_exceptions
    detail::listener<function> listener{callback, nullptr};
#else
    detail::listener<function> listener{callback};
#endif
    std::size_t count = leakwatch_held(scope, detail::listener<function>::call, &listener);
#ifdef __cpp_exceptions
    if (listener.thrown)
        std::rethrow_exception(listener.thrown);
#endif
    return count;
}

template <typename Callback> std::size_t held(Callback &&callback, const scope &scope)
{
    return held(callback, scope.get());
}

/* How many descriptors the process has open, as far as was seen.
 *
 *     std::size_t before = leakwatch::open_count();
 *     reload();
 *     assert(leakwatch::open_count() == before);
 */
inline std::size_t open_count() noexcept
{
    return leakwatch_open_count();
}

} // namespace leakwatch

#endif
