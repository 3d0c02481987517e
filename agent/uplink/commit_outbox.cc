#include "agent/uplink/commit_outbox.h"

namespace spoor::uplink {
namespace {

// The agent looks once a second; each note costs two syncs.
constexpr int64_t kPeriodNs = kNsPerSecond;

}  // namespace

Status CommitOutbox::write_due(bool all) {
  const int64_t now_ns = clock_.now().boottime_ns;
  if (!all && now_ns < due_ns_) return ok();
  due_ns_ = now_ns + kPeriodNs;
  Status result;
  for (size_t i = 0; i < kEventClasses; ++i) {
    if (!waiting_[i]) continue;
    const std::string path =
        folder_ + "/" + event_class_name(static_cast<EventClass>(i + 1));
    if (Status status = write_file(files_, path, encode_commit_note(*waiting_[i]));
        status.is_ok()) {
      waiting_[i].reset();
    } else {
      result = status;
    }
  }
  return result;
}

}  // namespace spoor::uplink
