// The trust lies ready last and takes its place last: while it lies ready, both do, or the key is
// in its place already.
#include "agent/uplink/trust_placing.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/files.h"
#include "common/private_file.h"

namespace spoor::uplink {
namespace {

constexpr size_t kTrustBytesMax = 512;

bool is_there(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0;
}

// What could not be replaced is to be known before anything is.
Status check_place(const std::string& path) {
  struct stat st {};
  const bool is_other = ::lstat(path.c_str(), &st) == 0 && !S_ISREG(st.st_mode);
  return is_other ? denied(path + " is no regular file") : ok();
}

Status put(const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(PosixFiles().rename(from, to));
  return sync_folder_of(to);
}

}  // namespace

std::string encode_trust(const Id& log_id, const PublicKey& log_key) {
  return "spoor-trust 1\nlog " + to_hex(log_id) + "\nkey " + to_hex(log_key) + "\n";
}

Status TrustPlacing::place(const Enrolment& enrolment, const std::string& checkpoint_pem,
                           const Account& agent,
                           const std::function<Status()>& place_identity) const {
  const std::string trust = encode_trust(enrolment.log_id, enrolment.log_key);
  Status status = lay_ready(trust, checkpoint_pem, agent);
  if (status.is_ok()) status = place_identity();
  if (!status.is_ok()) {
    take_back();
    return status;
  }
  return finish().with_context("this host is enrolled, but its agent was not told; run this again, "
                               "which does that first");
}

Status TrustPlacing::lay_ready(const std::string& trust, const std::string& key,
                               const Account& agent) const {
  RETURN_IF_ERROR(check_place(files_.trust));
  RETURN_IF_ERROR(check_place(files_.checkpoint_key));
  RETURN_IF_ERROR(write_private_file(ready_key(), key, 0400, {agent.uid, agent.gid}));
  return write_private_file(ready_trust(), trust, 0644);
}

Status TrustPlacing::finish() const {
  const Status key = put(ready_key(), files_.checkpoint_key);
  if (!key.is_ok() && key.code() != Code::not_found) return key;  // it is in its place
  return put(ready_trust(), files_.trust);
}

void TrustPlacing::take_back() const {
  (void)::unlink(ready_trust().c_str());
  (void)::unlink(ready_key().c_str());
}

bool TrustPlacing::is_open() const { return is_there(ready_trust()) || is_there(ready_key()); }

Result<TrustPlacing::Settled> TrustPlacing::settle(const std::optional<Enrolment>& placed) const {
  if (!is_open()) return Settled::nothing;
  PosixFiles files;
  const auto trust = read_file(files, ready_trust(), kTrustBytesMax);
  if (!trust.is_ok() && trust.code() != Code::not_found) return trust.status();
  // Of the same log as before either key is good: its collector knows both.
  if (trust.is_ok() && placed && *trust == encode_trust(placed->log_id, placed->log_key)) {
    RETURN_IF_ERROR(finish());
    return Settled::finished;
  }
  take_back();
  return Settled::taken_back;
}

}  // namespace spoor::uplink
