// Looks up what the capture thread must not: files. /etc/passwd, read again whenever it changed, so
// that an account made a minute ago has its name in the trail; as soon, what is mounted; where a
// process runs, which ones there are, and whether a reload would go well, which are asked and
// answered by messages. Its thread reads the logs, too.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/model.h"
#include "agent/source/place.h"
#include "agent/source/witness.h"

namespace spoor::agent {

// All of /proc.
struct ProcessScan {
  std::vector<ProcessFound> processes;
  Instant began;
};

class Lookup {
 public:
  // Reads once, so that names are there from the first record on.
  explicit Lookup(std::string mounts_path = "/proc/self/mountinfo");
  ~Lookup();  // ends the thread
  // Once, inside the sandbox.
  void start();
  // Before that: the lookup thread says so once when it has ended. It outlives this, and nobody
  // else asks it.
  void set_witness(Witness& witness);

  // To be set before start(), called on the lookup thread: what a reload would find wrong.
  std::function<std::vector<std::string>()> check_reload;
  // As that: reads on in the logs, for a short while, and says when it wants to do so again.
  std::function<std::chrono::nanoseconds()> read_logs = [] { return std::chrono::hours(1); };
  // Capture thread; the answer comes when it comes.
  void ask_reload();
  std::optional<std::vector<std::string>> take_reload();

  // The same of the processes.
  void ask_processes();
  std::optional<ProcessScan> take_processes();
  // The program of one that was found, as the witness knows it; empty: not known. Any thread, and
  // it may wait as long as the witness does.
  std::string program_of(const ProcessFound& process);

  // The newest table, or null when there is none newer than the last one taken. Any thread.
  std::shared_ptr<const Names> take_names();

  // As names: whenever mounts changed, also where the devices are the same.
  std::shared_ptr<const Devices> take_devices();

  // Any thread; neither waits for a file. Beyond kPlaceQuestionsMax a question gets no answer.
  void ask_place(PlaceQuestion question);
  std::vector<PlaceAnswer> take_places();

 private:
  void run();
  void look_at_mounts();
  void answer(std::unique_lock<std::mutex>& lock);
  void answer_reload(std::unique_lock<std::mutex>& lock);
  void answer_processes(std::unique_lock<std::mutex>& lock);

  void look_after_witness();

  Places places_;
  const std::string mounts_path_;
  std::string mounts_;  // the lookup thread's, once it runs
  std::mutex witness_mutex_;
  Witness* witness_ = nullptr;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::shared_ptr<const Names> fresh_;
  std::shared_ptr<const Devices> fresh_devices_;
  bool reload_asked_ = false;
  std::optional<std::vector<std::string>> reload_problems_;
  bool processes_asked_ = false;
  std::optional<ProcessScan> processes_;
  std::deque<PlaceQuestion> questions_;
  std::vector<PlaceAnswer> answers_;
  std::thread thread_;
};

}  // namespace spoor::agent
