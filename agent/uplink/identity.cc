#include "agent/uplink/identity.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "agent/uplink/address.h"
#include "agent/uplink/tls_key.h"
#include "common/files.h"
#include "common/key_lines.h"
#include "common/private_file.h"

namespace spoor::uplink {
namespace {

constexpr char kIdentity[] = "/identity.pem";
constexpr char kRoot[] = "/root.pem";
constexpr char kEnrolment[] = "/enrolment";
constexpr std::string_view kCertificateBegins = "-----BEGIN CERTIFICATE-----";
constexpr size_t kEnrolmentBytesMax = 1024;
constexpr size_t kAgentNameMax = 64;

bool is_agent_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= kAgentNameMax &&
         std::all_of(name.begin(), name.end(), fits);
}

void remove_folder(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

// In one step, whether or not something stands there; what stood there is at `from` then.
Status take_place(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_EXCHANGE) == 0) return ok();
  if (errno != ENOENT) return from_errno(errno, "put " + from + " in the place of " + to);
  return std::rename(from.c_str(), to.c_str()) == 0 ? ok() : from_errno(errno, "rename " + from);
}

}  // namespace

std::string encode_enrolment(const Enrolment& e) {
  std::string text = "spoor-enrolment 1\n";
  text += "agent " + e.agent + "\n";
  text += "log " + to_hex(e.log_id) + "\n";
  text += "log-key " + to_hex(e.log_key) + "\n";
  text += "collector " + e.collector + "\n";
  return text;
}

Result<Enrolment> decode_enrolment(std::string_view text) {
  if (text.size() > kEnrolmentBytesMax) return invalid("an enrolment of too many bytes");
  KeyLines lines(text, "an enrolment");
  Enrolment e;
  int version = 0;
  RETURN_IF_ERROR(lines.take_number("spoor-enrolment", version));
  if (version != 1) return lines.bad("spoor-enrolment");
  ASSIGN_OR_RETURN(e.agent, lines.take("agent"));
  if (!is_agent_name(e.agent)) return lines.bad("agent");
  RETURN_IF_ERROR(lines.take_hex("log", e.log_id));
  RETURN_IF_ERROR(lines.take_hex("log-key", e.log_key));
  ASSIGN_OR_RETURN(e.collector, lines.take("collector"));
  const auto address = parse_address(e.collector);
  if (!address.is_ok() || address->is_unix()) return lines.bad("collector");
  RETURN_IF_ERROR(lines.end());
  return e;
}

Status check_identity(const HostIdentity& identity, const Id& machine_id) {
  ASSIGN_OR_RETURN(const TlsKey key, TlsKey::from_pem(identity.key));
  if (!key.fits(identity.chain)) return invalid("the certificate is for another key");
  RETURN_IF_ERROR(
      check_chain(identity.chain, identity.root, Purpose::client, std::nullopt, "")
          .with_context("the certificate does not lead to the collector's root"));
  ASSIGN_OR_RETURN(const Certificate certificate, read_certificate(identity.chain));
  if (certificate.machine_id != machine_id) {
    return invalid("the certificate is for another machine id than this host's, " +
                   to_hex(machine_id));
  }
  if (!is_agent_name(certificate.name)) return invalid("the certificate names no agent");
  if (certificate.name != identity.enrolment.agent) {
    return invalid("the certificate is for the agent " + certificate.name + ", but this host is " +
                   identity.enrolment.agent);
  }
  return ok();
}

bool IdentityFiles::is_there() const {
  struct stat st {};
  return ::lstat(folder_.c_str(), &st) == 0;
}

Result<HostIdentity> IdentityFiles::load() const {
  HostIdentity identity;
  ASSIGN_OR_RETURN(const std::string both, read_private_file(folder_ + kIdentity, kPemBytesMax));
  const size_t border = std::min(both.find(kCertificateBegins), both.size());
  identity.key = both.substr(0, border);
  identity.chain = both.substr(border);
  PosixFiles files;
  ASSIGN_OR_RETURN(identity.root, read_file(files, folder_ + kRoot, kPemBytesMax));
  ASSIGN_OR_RETURN(identity.enrolment, enrolment());
  const auto certificate = read_certificate(identity.chain);
  if (!certificate.is_ok()) return certificate.status().with_context(folder_ + kIdentity);
  identity.certificate = *certificate;
  const auto key = TlsKey::from_pem(identity.key);
  if (!key.is_ok()) return key.status().with_context(folder_ + kIdentity);
  if (!key->fits(identity.chain)) {
    return invalid(folder_ + kIdentity + ": the certificate is for another key");
  }
  return identity;
}

Result<Enrolment> IdentityFiles::enrolment() const {
  PosixFiles files;
  const std::string path = folder_ + kEnrolment;
  ASSIGN_OR_RETURN(const std::string lines, read_file(files, path, kEnrolmentBytesMax));
  const auto enrolment = decode_enrolment(lines);
  return enrolment.is_ok() ? enrolment : enrolment.status().with_context(path);
}

Status IdentityFiles::replace(const HostIdentity& identity) const {
  const std::string made = folder_ + "." + to_hex(random_id()) + ".tmp";
  if (::mkdir(made.c_str(), 0700) != 0) return from_errno(errno, "make " + made);
  Status status = write_private_file(made + kRoot, identity.root, 0644);
  if (status.is_ok()) {
    status = write_private_file(made + kEnrolment, encode_enrolment(identity.enrolment), 0644);
  }
  if (status.is_ok()) {
    status = write_private_file(made + kIdentity, identity.key + identity.chain);
  }
  if (status.is_ok()) status = take_place(made, folder_);
  remove_folder(made);  // what was there before, or what came of a failure
  RETURN_IF_ERROR(status);
  return sync_folder_of(folder_);
}

Status IdentityFiles::renew(const std::string& key, const std::string& chain) const {
  return write_private_file(folder_ + kIdentity, key + chain);
}

}  // namespace spoor::uplink
