#include "agent/uplink/enrolment_call.h"

#include <grpcpp/grpcpp.h>

#include <chrono>

#include "common/quoting.h"
#include "spoor/v1/uplink.grpc.pb.h"

namespace spoor::uplink {
namespace {

constexpr size_t kWordsMax = 512;

Status status_of(const grpc::Status& status, const Address& address) {
  std::string words = visible(std::string_view(status.error_message()).substr(0, kWordsMax));
  if (words.empty()) words = "it gives no reason";
  switch (status.error_code()) {
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::FAILED_PRECONDITION:
      return denied("the collector refuses: " + words);
    case grpc::StatusCode::UNIMPLEMENTED:
      return denied(text_of(address) + " is no collector that enrolls hosts: " + words);
    default:
      return unavailable(text_of(address) + ": " + words);
  }
}

void limit(grpc::ClientContext& context, int timeout_ms) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(timeout_ms));
}

}  // namespace

Result<v1::Identity> enrol(const Address& address, const TlsMaterial& tls,
                           const v1::EnrolRequest& request, int timeout_ms) {
  const auto stub = v1::Enrolment::NewStub(open_channel(address, &tls));
  grpc::ClientContext context;
  limit(context, timeout_ms);
  v1::Identity identity;
  const grpc::Status status = stub->Enrol(&context, request, &identity);
  return status.ok() ? Result<v1::Identity>(std::move(identity)) : status_of(status, address);
}

Result<v1::Identity> renew(const Address& address, const TlsMaterial& tls,
                           const v1::RenewRequest& request, int timeout_ms) {
  const auto stub = v1::Enrolment::NewStub(open_channel(address, &tls));
  grpc::ClientContext context;
  limit(context, timeout_ms);
  v1::Identity identity;
  const grpc::Status status = stub->Renew(&context, request, &identity);
  return status.ok() ? Result<v1::Identity>(std::move(identity)) : status_of(status, address);
}

}  // namespace spoor::uplink
