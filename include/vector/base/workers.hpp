// Threads that compute: independent tasks by number, on the caller's thread and others.
//
// The others block all signals and call nothing but the task; the caller's thread takes
// part, and between its tasks it reports progress. Whatever a task or the report throws
// stops all of them, and is thrown again on the caller's thread once the others have ended. Where a
// report does not come back because it ends the process, StopAll() ends the threads before.
#pragma once

#include <csignal>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace vec {

// Is told the part that is done, 0 to 1, at least every 0.1 s on the calling thread; may
// throw to break off.
using WorkProgress = std::function<void(double done)>;

// Signals belong to the server's own thread: new threads inherit that they are blocked.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

class Workers {
 public:
  // REQUIRES: threads >= 1; `report` outlives the object.
  Workers(std::size_t threads, const WorkProgress& report) : threads_(threads), report_(report) {}

  std::size_t threads() const { return threads_; }

  // Calls task(number, scratch) for every number below `tasks`, in any order; make_scratch()
  // makes an object for each thread. `share` is the part that this takes of all that is
  // reported on.
  template <class MakeScratch, class Task>
  void Run(double share, std::size_t tasks, MakeScratch make_scratch, Task task) {
    Shared shared{tasks};
    const Running running(shared);
    running_share_ = share;
    const auto work = [&](auto after_each) {
      try {
        auto scratch = make_scratch();
        for (std::size_t i = shared.next++; i < tasks; i = shared.next++) {
          task(i, scratch);
          after_each();
        }
      } catch (const Stopped&) {
      } catch (...) {
        shared.Fail(std::current_exception());
      }
    };
    {
      const std::vector<std::jthread> others = Start(shared, [&] { work([] {}); });
      shared.others = others.size();
      work([&] { Report(share * shared.part()); });
      while (!HaveEnded(shared)) ReportOrFail(shared, share);
    }
    if (shared.failure) std::rethrow_exception(shared.failure);
    done_ += share;
  }

  // Ends the other threads of the Run() that is under way, if there is one: they touch no memory
  // any more when this returns. To be called from within its report, which must not return then,
  // but may throw.
  static void StopAll() noexcept {
    if (running_ != nullptr) running_->Stop();
  }

  // What takes long within a task calls this now and then, on any thread; it throws where the
  // task is to end.
  void CheckStop() {
    if (running_ == nullptr) return Report(0);
    if (running_->is_stopped) throw Stopped();
    if (std::this_thread::get_id() == caller_) Report(running_share_ * running_->part());
  }

  // What remains on the calling thread calls this now and then; throws what the report throws.
  void Report(double part) {
    const auto now = std::chrono::steady_clock::now();
    if (!report_ || now - reported_ < kInterval) return;
    reported_ = now;
    report_(std::min(done_ + part, 1.0));
  }

 private:
  struct Stopped {};  // by a failure, which is thrown instead, or by StopAll()

  struct Shared {
    explicit Shared(std::size_t n) : tasks(n) {}

    void Fail(std::exception_ptr cause) {
      const std::lock_guard lock(mutex);
      if (!failure) failure = cause;
      BreakOff();
    }
    void BreakOff() {
      next = tasks;
      is_stopped = true;
    }
    void Stop() {
      BreakOff();
      std::unique_lock lock(mutex);
      has_ended.wait(lock, [this] { return HaveOthersEnded(); });
    }
    void End() {
      {
        const std::lock_guard lock(mutex);
        ++ended;
      }
      has_ended.notify_one();
    }
    double part() const {
      return static_cast<double>(next) / static_cast<double>(std::max<std::size_t>(tasks, 1));
    }

    bool HaveOthersEnded() const { return ended == others; }

    std::size_t tasks;
    std::atomic<std::size_t> next = 0;
    std::size_t others = 0;  // threads; the caller's alone
    std::size_t ended = 0;   // of them; by the mutex
    std::atomic<bool> is_stopped = false;
    std::mutex mutex;
    std::condition_variable has_ended;
    std::exception_ptr failure;
  };

  // One Run() of a process is under way at a time: the server has one thread of its own.
  class Running {
   public:
    explicit Running(Shared& shared) { running_ = &shared; }
    ~Running() { running_ = nullptr; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
  };
  inline static Shared* running_ = nullptr;

  // Fewer threads than asked for do as well, where the system gives no more.
  template <class Body>
  std::vector<std::jthread> Start(Shared& shared, Body body) const {
    std::vector<std::jthread> others;
    others.reserve(threads_);
    const SignalsBlocked blocked;
    try {
      for (std::size_t i = 1; i < std::min(threads_, shared.tasks); ++i) {
        others.emplace_back([&shared, body] {
          body();
          shared.End();
        });
      }
    } catch (const std::system_error&) {
    }
    return others;
  }

  // Waits for the others, not longer than until the next report.
  static bool HaveEnded(Shared& shared) {
    std::unique_lock lock(shared.mutex);
    return shared.has_ended.wait_for(lock, kInterval, [&] { return shared.HaveOthersEnded(); });
  }

  // There is nobody else to look after interrupts.
  void ReportOrFail(Shared& shared, double share) {
    try {
      Report(share * shared.part());
    } catch (...) {
      shared.Fail(std::current_exception());
    }
  }

  static constexpr std::chrono::milliseconds kInterval{50};

  std::size_t threads_;
  const WorkProgress& report_;
  std::thread::id caller_ = std::this_thread::get_id();
  double running_share_ = 0;
  std::chrono::steady_clock::time_point reported_{};
  double done_ = 0;
};

}  // namespace vec
