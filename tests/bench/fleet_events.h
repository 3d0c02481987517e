// Events as a fleet of hosts would send them, made of what was recorded (tests/golden/records):
// each recording is played by many sessions of 200 hosts at once, with users, processes, times and
// inodes of their own, in frames of 1 to 50. The same events each time. Without those of thousands
// of arguments, of which no fleet has so many. For benchmarks.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "collector/model.h"
#include "spoor/v1/event.pb.h"

namespace spoor::collector {

class FleetEvents {
 public:
  explicit FleetEvents(EventClass event_class);

  // The next frame: the host's next events of this class.
  LogEntry frame();

 private:
  struct Story {
    std::vector<v1::Event> events;
    std::vector<std::string> texts;  // serialized
  };
  struct Session {
    const Story* story = nullptr;
    size_t at = 0;  // in it
    uint32_t ses = 0, user = 0;
    std::string uid;
    uint32_t pid_shift = 0;
    int64_t time_shift_ns = 0, boot_time_shift_ns = 0;
  };
  struct Host {
    StreamHead head;
    uint64_t order = 0;
    uint32_t serial = 0;
    int64_t boot_ns = 0;  // since 1970
    uint64_t inode_shift = 0;
    std::vector<Session> sessions;
  };

  uint64_t below(uint64_t bound) { return random_() % bound; }
  Session new_session(const Host& host);
  // The session's next event as the host would tell it.
  v1::Event next_event(Host& host, Session& session);
  void change(google::protobuf::Message& message, const Host& host, const Session& session);
  void change_number(google::protobuf::Message& message,
                     const google::protobuf::FieldDescriptor& field, const Host& host,
                     const Session& session);
  void change_field(v1::AuditField& field, const Session& session);
  void change_text(std::string& text, const Session& session) const;

  const EventClass event_class_;
  std::mt19937_64 random_{7};
  int64_t now_ns_ = 1'795'340'000'000'000'000;
  uint64_t entries_ = 0;
  std::vector<Story> stories_;
  std::vector<Host> hosts_;
};

}  // namespace spoor::collector
