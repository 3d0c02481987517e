#include "collector/receive/request_reader.h"

#include <google/protobuf/io/coded_stream.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <array>

#include "collector/limits.h"

namespace spoor::collector {

namespace {

Refusal too_large(const std::string& what, size_t most) {
  return {v1::Refuse::CODE_LIMIT, what + " larger than " + std::to_string(most) + " bytes", 0};
}

// Whether the field `frame` is all that it holds.
bool is_one_frame(const grpc::ByteBuffer& bytes) {
  constexpr uint8_t kFrameTag = v1::ShipRequest::kFrameFieldNumber << 3 | 2;
  std::array<uint8_t, 8> begin{};
  std::vector<grpc::Slice> slices;
  if (!bytes.Dump(&slices).ok()) return false;
  size_t size = 0;
  for (const grpc::Slice& slice : slices) {
    for (size_t i = 0; i < slice.size() && size < begin.size(); ++i)
      begin[size++] = slice.begin()[i];
  }
  google::protobuf::io::CodedInputStream input(begin.data(), static_cast<int>(size));
  uint32_t length = 0;
  return input.ReadTag() == kFrameTag && input.ReadVarint32(&length) &&
         bytes.Length() - static_cast<size_t>(input.CurrentPosition()) == length;
}

}  // namespace

std::optional<Refusal> read_request(grpc::ByteBuffer& bytes, v1::ShipRequest& out) {
  const size_t size = bytes.Length();
  if (size > kMessageBytesMax) return too_large("a message", kMessageBytesMax);
  if (size > kSmallMessageBytesMax && !is_one_frame(bytes))
    return too_large("a message other than a Frame", kSmallMessageBytesMax);
  if (!grpc::SerializationTraits<v1::ShipRequest>::Deserialize(&bytes, &out).ok())
    return Refusal{v1::Refuse::CODE_PROTOCOL, "this is no message of the protocol", 0};
  return std::nullopt;
}

}  // namespace spoor::collector
