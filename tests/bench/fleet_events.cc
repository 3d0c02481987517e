#include "tests/bench/fleet_events.h"

#include <google/protobuf/descriptor.h>

#include "collector/limits.h"
#include "common/check.h"
#include "common/clock.h"
#include "common/files.h"
#include "common/frame/writer.h"
#include "tests/golden/agent/played_events.h"
#include "tests/support/source_folder.h"

namespace spoor::collector {

namespace {

constexpr size_t kHosts = 200, kSessionsPerHost = 25, kFrameEvents = 50;
constexpr uint32_t kUsers = 60;
constexpr uint32_t kRecordedUid = 64'199;
constexpr std::string_view kRecordedUser = "spoordemo", kRecordedHome = "/mnt/home";

EventClass class_of(const v1::Event& event) {
  const auto* kind = v1::Event::descriptor()->FindFieldByNumber(event.kind_case());
  return static_cast<EventClass>(kind->options().GetExtension(v1::event_class));
}

uint32_t user_id(uint32_t user, uint32_t recorded) {
  return recorded == kRecordedUid ? 1001 + user : recorded;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

FleetEvents::FleetEvents(EventClass event_class) : event_class_(event_class) {
  PosixFiles files;
  const std::string folder = in_source("tests/golden/records");
  const std::vector<std::string> names = files.list(folder).value();
  for (const std::string& name : names) {
    if (!name.ends_with(".rec")) continue;
    const agent::Played played =
        agent::play_as_fixed_host(read_file(files, folder + "/" + name, 16u << 20).value());
    Story story;
    for (size_t i = 0; i < played.events.size(); ++i) {
      std::string text = played.texts[i].SerializeAsString();
      const bool is_wanted = class_of(played.events[i]) == event_class &&
                             played.events[i].ByteSizeLong() <= kIndexTextMax &&
                             text.size() <= kIndexTextMax;
      if (!is_wanted) continue;
      story.events.push_back(played.events[i]);
      story.texts.push_back(std::move(text));
    }
    if (!story.events.empty()) stories_.push_back(std::move(story));
  }
  CHECK(!stories_.empty());
  for (size_t i = 0; i < kHosts; ++i) {
    Host& host = hosts_.emplace_back();
    host.head.stream.fill(static_cast<uint8_t>(i + 1));
    host.head.event_class = event_class;
    host.head.epoch = 3;
    host.head.epoch_nonce.fill(9);
    host.boot_ns = now_ns_ - static_cast<int64_t>(below(100 * 86'400)) * kNsPerSecond;
    host.inode_shift = i % 8 * 9'973;
    for (size_t n = 0; n < kSessionsPerHost; ++n) host.sessions.push_back(new_session(host));
  }
}

FleetEvents::Session FleetEvents::new_session(const Host& host) {
  Session out;
  out.story = &stories_[below(stories_.size())];
  out.ses = static_cast<uint32_t>(100 + below(50'000));
  out.user = static_cast<uint32_t>(std::min(below(kUsers), below(kUsers)));
  for (int i = 0; i < 16; ++i) out.uid += static_cast<char>(random_());
  out.pid_shift = static_cast<uint32_t>(below(1u << 21));
  const v1::Event& first = out.story->events.front();
  out.time_shift_ns = (now_ns_ - first.time_ns()) / kNsPerMs * kNsPerMs;
  const int64_t recorded_boot_ns = first.read().realtime_ns() - first.read().boottime_ns();
  out.boot_time_shift_ns = out.time_shift_ns + recorded_boot_ns - host.boot_ns;
  return out;
}

LogEntry FleetEvents::frame() {
  now_ns_ += static_cast<int64_t>(below(4 * kNsPerMs));
  const size_t number = below(kHosts);
  Host& host = hosts_[number];
  FrameWriter writer;
  FrameWriter::Place place;
  place.event_class = event_class_;
  place.stream = host.head.stream;
  place.epoch = host.head.epoch;
  place.epoch_nonce = host.head.epoch_nonce;
  place.first_sequence = host.head.sequence + 1;
  if (host.head.sequence > 0) place.previous = {place.epoch, host.head.sequence, host.head.chain};
  for (uint64_t left = 1 + below(kFrameEvents); left > 0; --left) {
    Session& session = host.sessions[below(kSessionsPerHost)];
    if (session.at == session.story->events.size()) session = new_session(host);
    const std::string& text = session.story->texts[session.at];
    const v1::Event event = next_event(host, session);
    writer.add(event.SerializeAsString(), text, host.order, event.time_ns(), 1);
  }
  SealedFrame sealed = writer.seal(place);
  host.head.sequence = sealed.header.last_sequence;
  host.head.chain = sealed.chain;
  LogEntry out;
  out.number = ++entries_;
  out.agent = "web" + std::to_string(number) + ".example.org";
  out.received_ns = now_ns_ + static_cast<int64_t>(below(kNsPerSecond));
  out.head = host.head;
  out.block = std::move(sealed.block);
  return out;
}

v1::Event FleetEvents::next_event(Host& host, Session& session) {
  v1::Event event = session.story->events[session.at++];
  change(event, host, session);
  event.set_order(++host.order);
  event.set_session_uid(session.uid);
  if (!event.has_kernel()) return event;
  event.mutable_kernel()->set_serial(++host.serial);
  event.mutable_kernel()->set_boot_id(std::string(16, static_cast<char>(host.head.stream[0])));
  event.mutable_kernel()->set_time_ms(event.time_ns() / kNsPerMs);
  return event;
}

void FleetEvents::change_text(std::string& text, const Session& session) const {
  const std::string user = "user" + std::to_string(session.user);
  replace_all(text, kRecordedHome, "/home/" + user);
  replace_all(text, kRecordedUser, user);
  if (text == std::to_string(kRecordedUid)) text = std::to_string(1001 + session.user);
}

void FleetEvents::change_field(v1::AuditField& field, const Session& session) {
  const std::string& name = field.name();
  if (name == "pid" || name == "ppid") field.set_id(field.id() + session.pid_shift);
  else if (name == "ses") field.set_id(session.ses);
  else if (field.has_id()) field.set_id(user_id(session.user, field.id()));
  else if (field.hex() > 0xffffffff) field.set_hex(field.hex() ^ below(1u << 30) << 4);
}

// Every field that is another's on another host, in another session or at another time.
void FleetEvents::change(google::protobuf::Message& message, const Host& host,
                         const Session& session) {
  using Field = google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& to = *message.GetReflection();
  std::vector<const Field*> fields;
  to.ListFields(message, &fields);
  for (const Field* field : fields) {
    const bool many = field->is_repeated();
    for (int i = 0; i < (many ? to.FieldSize(message, field) : 1); ++i) {
      if (field->cpp_type() == Field::CPPTYPE_MESSAGE) {
        change(many ? *to.MutableRepeatedMessage(&message, field, i)
                    : *to.MutableMessage(&message, field), host, session);
      } else if (field->cpp_type() == Field::CPPTYPE_STRING) {
        std::string text = many ? to.GetRepeatedString(message, field, i)
                                : to.GetString(message, field);
        change_text(text, session);
        if (many) to.SetRepeatedString(&message, field, i, text);
        else to.SetString(&message, field, text);
      }
    }
    if (!many) change_number(message, *field, host, session);
  }
  if (message.GetDescriptor() == v1::AuditField::descriptor()) {
    change_field(static_cast<v1::AuditField&>(message), session);
  }
}

void FleetEvents::change_number(google::protobuf::Message& message,
                                const google::protobuf::FieldDescriptor& field, const Host& host,
                                const Session& session) {
  using Field = google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& to = *message.GetReflection();
  const std::string& name = field.name();
  if (field.cpp_type() == Field::CPPTYPE_UINT32) {
    uint32_t value = to.GetUInt32(message, &field);
    if (name == "pid" || name == "parent_pid") value += session.pid_shift;
    if (name == "ses") value = session.ses;
    if (name.ends_with("uid") || name.ends_with("gid")) value = user_id(session.user, value);
    to.SetUInt32(&message, &field, value);
  } else if (field.cpp_type() == Field::CPPTYPE_UINT64) {
    uint64_t value = to.GetUInt64(message, &field);
    if (name == "birth_ns") value += static_cast<uint64_t>(session.boot_time_shift_ns);
    if (name == "inode") value += host.inode_shift;
    to.SetUInt64(&message, &field, value);
  } else if (field.cpp_type() == Field::CPPTYPE_INT64 && name.ends_with("_ns")) {
    const bool since_boot = name == "boottime_ns";
    const int64_t shift = since_boot ? session.boot_time_shift_ns : session.time_shift_ns;
    to.SetInt64(&message, &field, to.GetInt64(message, &field) + shift);
  }
}

}  // namespace spoor::collector
