// One host of the logs that are played: its boots one after the other (agent/boot_border.h), each
// with stages and tables of its own, so that numbers which start anew mean nothing old; and the
// names that its log gives to uids. One thread.
//
// A log does not say which machine and which boot it is of. The ids are derived, from the host's
// name and from the first event of the boot: the same log gives the same ids again, and none that a
// host has.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/boot_border.h"
#include "agent/model.h"
#include "agent/playback.h"

namespace spoor::agent {

struct LogHostCounts {
  uint64_t records = 0;
  uint64_t undecoded = 0;  // records of which the header or the body made no sense
};

class Redactor;

class LogHost {
 public:
  // `host` is the one whose fact this is, in the boot that it is of.
  using Sink = std::function<void(const Fact&, const Host& host)>;

  // `name` may be empty: nobody said it. `redactor` may be null: the log is shown as it is.
  LogHost(std::string name, Sink sink, Redactor* redactor = nullptr);
  ~LogHost();

  void play(const Datagram& record);
  void play(Instant clock);
  void play(const ProcessMessage& message);
  // No more will come.
  void finish();
  LogHostCounts counts() const;

 private:
  struct Boot;
  void begin_boot(EventKey first);

  const std::string name_;
  const Sink sink_;
  Redactor* const redactor_;
  HeaderReader headers_;
  BootBorder border_;
  std::shared_ptr<Names> names_;
  LogHostCounts before_;  // of the boots that are over
  uint64_t undecoded_ = 0;
  uint32_t boots_ = 0;
  std::unique_ptr<Boot> boot_;
};

}  // namespace spoor::agent
