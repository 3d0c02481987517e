// Whether a program's record says the truth about its writer. Of `pid=4711 uid=0 … msg='… exe=…'`
// only what stands before msg is the kernel's; who may write records (CAP_AUDIT_WRITE: root, also a
// container's) writes what it likes into msg. So the process of that pid must be the program that
// it says it is, as audit told of its last exec, or else as the witness saw it run
// (ProcessSight::exe); and it must be the host's: in a container any program lies at any path. Its
// name in /proc (comm) is its own choice, and can only speak against it. What was found out is
// remembered for the life of the process: sshd is gone when its USER_END is read, but was known at
// its USER_START.
//
// The witness is asked a moment after the record was written. Some programs speak and then execute
// what they were asked to (systemd, sudo): where such a one is not what runs by then, nobody knows.
//
// Bounded (kWritersMax); one thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/audit_event.h"
#include "agent/correlate/blob.h"
#include "agent/process_key.h"

namespace spoor::agent {

enum class Belief : uint8_t { believed, unknown, disbelieved };

struct Judgement {
  Belief belief = Belief::unknown;
  std::string_view is_really;  // the program, where that is known
  std::string_view reason;     // of what is disbelieved
};

class WriterCheck {
 public:
  // Who plays a log can ask nobody: what nothing speaks against is believed then.
  void set_asked() { asked_ = true; }
  bool is_asked() const { return asked_; }

  // Where it runs is not remembered.
  bool is_unknown(const ProcessKey& process) const;
  bool is_in_container(const ProcessKey& process) const;
  // What /proc showed of it.
  void saw(const ProcessKey& process, const ProcessSight& seen);
  // The kernel said what it runs: at an exec, or beside its LOGIN.
  void runs(const ProcessKey& process, std::string_view program);

  // `claimed`: the program that the record names, empty for none. `program`: the one that runs, as
  // audit told of it; empty: not known.
  Judgement judge(const ProcessKey& process, std::string_view claimed, std::string_view program,
                  bool has_login) const;
  // The same of a line of a log, which speaks as `program`.
  Belief judge_line(const ProcessKey& process, std::string_view speaks_as,
                    std::string_view program) const;

  void forget() { writers_.clear(); }
  size_t size() const { return writers_.size(); }
  void save(std::string& to) const;
  // False for what makes no sense; nothing is remembered then.
  bool restore(BlobReader& from);

 private:
  struct Writer {
    Place place = Place::unknown;
    bool witnessed = false;  // the program is what ran when it was asked about
    std::string comm, program;
    uint64_t used = 0;
  };
  // A process without a known birth could be anybody of that pid: it is asked about each time.
  using Name = std::pair<uint32_t, int64_t>;
  struct HashName {
    size_t operator()(const Name& name) const {
      return std::hash<uint64_t>()(name.first ^ static_cast<uint64_t>(name.second) << 16);
    }
  };
  static Name name_of(const ProcessKey& process) { return {process.pid, process.birth_ns}; }
  // What runs in a process, by the best word there is.
  struct Running {
    std::string_view program;
    bool witnessed = false;
  };
  static Running running(const Writer* writer, std::string_view program);
  const Writer* find(const ProcessKey& process) const;
  Writer& take(const ProcessKey& process);

  bool asked_ = false;
  uint64_t uses_ = 0;
  std::unordered_map<Name, Writer, HashName> writers_;
};

}  // namespace spoor::agent
