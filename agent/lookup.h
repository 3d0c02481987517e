// Looks up what the capture thread must not: files. /etc/passwd, read again whenever it changed, so
// that an account made a minute ago has its name in the trail; and where a process runs, which is
// asked and answered by messages.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "agent/model.h"
#include "agent/source/place.h"

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

  // Any thread; neither waits for a file. Beyond kPlaceQuestionsMax a question gets no answer.
  void ask_place(PlaceQuestion question);
  std::vector<PlaceAnswer> take_places();

 private:
  void run();
  void answer(std::unique_lock<std::mutex>& lock);

  const Places places_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::shared_ptr<const Names> fresh_;
  std::deque<PlaceQuestion> questions_;
  std::vector<PlaceAnswer> answers_;
  std::thread thread_;
};

}  // namespace spoor::agent
