#include "collector/receive/request_reader.h"

#include <gtest/gtest.h>
#include <grpcpp/grpcpp.h>

#include "collector/limits.h"

namespace spoor::collector {
namespace {

// In slices as small as the network may cut them.
grpc::ByteBuffer bytes_of(const std::string& text, size_t slice_bytes = 1u << 20) {
  std::vector<grpc::Slice> slices;
  for (size_t at = 0; at < text.size(); at += slice_bytes)
    slices.emplace_back(text.substr(at, slice_bytes));
  return grpc::ByteBuffer(slices.data(), slices.size());
}

v1::Refuse::Code refused(const std::string& text, size_t slice_bytes = 1u << 20) {
  grpc::ByteBuffer bytes = bytes_of(text, slice_bytes);
  v1::ShipRequest request;
  const auto refusal = read_request(bytes, request);
  return refusal ? refusal->code : v1::Refuse::CODE_UNSPECIFIED;
}

std::string frame_of(size_t block_bytes) {
  v1::ShipRequest request;
  request.mutable_frame()->set_block(std::string(block_bytes, 'x'));
  return request.SerializeAsString();
}

TEST(RequestReader, ReadsWhatAnUplinkSends) {
  v1::ShipRequest request;
  request.mutable_hello()->set_host("web1");
  for (const size_t slice_bytes : {1u, 3u, 1u << 20}) {
    grpc::ByteBuffer bytes = bytes_of(request.SerializeAsString(), slice_bytes);
    v1::ShipRequest read;
    EXPECT_FALSE(read_request(bytes, read));
    EXPECT_EQ(read.hello().host(), "web1");
  }
  EXPECT_EQ(refused(frame_of(kFrameBytesMax)), v1::Refuse::CODE_UNSPECIFIED);
  EXPECT_EQ(refused(frame_of(kSmallMessageBytesMax), 1), v1::Refuse::CODE_UNSPECIFIED);
}

TEST(RequestReader, WhatIsTooLongIsNotUnfolded) {
  EXPECT_EQ(refused(frame_of(kMessageBytesMax)), v1::Refuse::CODE_LIMIT);
  // A million empty offers, and the same behind a frame.
  std::string offers;
  v1::ShipRequest one;
  one.mutable_hello()->add_streams();
  while (offers.size() <= kSmallMessageBytesMax) offers += one.SerializeAsString();
  EXPECT_EQ(refused(offers), v1::Refuse::CODE_LIMIT);
  EXPECT_EQ(refused(frame_of(10) + offers), v1::Refuse::CODE_LIMIT);
}

TEST(RequestReader, WhatIsNoMessageIsRefused) {
  EXPECT_EQ(refused("\xff\xff\xff"), v1::Refuse::CODE_PROTOCOL);
  EXPECT_EQ(refused(std::string(100, '\x0a')), v1::Refuse::CODE_PROTOCOL);
}

}  // namespace
}  // namespace spoor::collector
