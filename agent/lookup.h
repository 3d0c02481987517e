// Looks up what the capture thread must not: files. Today that is /etc/passwd, read again whenever
// it changed, so that an account made a minute ago has its name in the trail.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "agent/model.h"

namespace spoor::agent {

class Lookup {
 public:
  // Reads once, so that names are there from the first record on.
  Lookup();
  ~Lookup();  // ends the thread
  // Once, inside the sandbox.
  void start();

  // The newest table, or null when there is none newer than the last one taken. Any thread.
  std::shared_ptr<const Names> take_names();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stop_ = false;
  std::shared_ptr<const Names> fresh_;
  std::thread thread_;
};

}  // namespace spoor::agent
