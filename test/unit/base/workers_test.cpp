#include "vector/base/workers.hpp"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <vector>

namespace vec {
namespace {

const WorkProgress kSilent;

TEST(Workers, DoEveryTaskOnce) {
  for (const std::size_t threads : {1, 2, 5}) {
    for (const std::size_t tasks : {0, 1, 3, 1000}) {
      std::vector<int> done(tasks);
      Workers workers(threads, kSilent);
      workers.Run(
          1, tasks, [] { return 0; }, [&](std::size_t i, int&) { ++done[i]; });
      EXPECT_EQ(done, std::vector<int>(tasks, 1));
    }
  }
}

TEST(Workers, MakeOneScratchAThread) {
  std::atomic<int> made = 0;
  Workers workers(3, kSilent);
  workers.Run(
      1, 100, [&] { return ++made; }, [](std::size_t, int&) {});
  EXPECT_EQ(made, 3);
}

TEST(Workers, ThrowOnTheCallersThreadWhatATaskThrew) {
  for (const std::size_t threads : {1, 4}) {
    Workers workers(threads, kSilent);
    const auto run = [&] {
      workers.Run(
          1, 100, [] { return 0; },
          [](std::size_t i, int&) {
            if (i == 50) throw std::bad_alloc();
          });
    };
    EXPECT_THROW(run(), std::bad_alloc);
  }
}

// As where the session is terminated in a report: what the tasks work on may go then.
TEST(Workers, EndInTheReportThatStopsThem) {
  std::atomic<int> working = 0;
  int working_after = -1;
  const WorkProgress stop = [&](double) {
    if (working_after >= 0 || working == 0) return;
    Workers::StopAll();
    working_after = working;
    throw std::bad_alloc();
  };
  Workers workers(4, stop);
  const auto caller = std::this_thread::get_id();
  const auto run = [&] {
    workers.Run(
        1, 4, [] { return 0; },
        [&](std::size_t, int&) {
          if (std::this_thread::get_id() == caller) {
            while (working == 0) std::this_thread::yield();
            return;
          }
          ++working;
          try {
            for (;;) workers.CheckStop();
          } catch (...) {
            --working;
            throw;
          }
        });
  };
  EXPECT_THROW(run(), std::bad_alloc);
  EXPECT_EQ(working_after, 0);
  Workers::StopAll();  // nothing is under way
}

TEST(Workers, ReportWhileOthersStillWork) {
  std::atomic<int> reports = 0;
  const WorkProgress count = [&](double) { ++reports; };
  Workers workers(2, count);
  const auto caller = std::this_thread::get_id();
  std::atomic<bool> is_long_begun = false;
  workers.Run(
      1, 2, [] { return 0; },
      [&](std::size_t, int&) {
        if (std::this_thread::get_id() == caller) {
          while (!is_long_begun) std::this_thread::yield();
          return;
        }
        is_long_begun = true;
        while (reports < 2) std::this_thread::yield();
      });
  EXPECT_GE(reports, 2);
}

TEST(Workers, LeaveSignalsToTheCaller) {
  sigset_t blocked;
  Workers workers(2, kSilent);
  const auto caller = std::this_thread::get_id();
  std::atomic<bool> has_looked = false;
  workers.Run(
      1, 2, [] { return 0; },
      [&](std::size_t, int&) {
        if (std::this_thread::get_id() == caller) {
          while (!has_looked) std::this_thread::yield();
          return;
        }
        pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        has_looked = true;
      });
  EXPECT_EQ(sigismember(&blocked, SIGINT), 1);
  EXPECT_EQ(sigismember(&blocked, SIGUSR1), 1);
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  EXPECT_EQ(sigismember(&blocked, SIGUSR1), 0);
}

}  // namespace
}  // namespace vec
