#include "collector/log/sealed_streams.h"

#include <algorithm>

#include "collector/log/seal_limits.h"

namespace spoor::collector {

namespace {

// PastEpochs knows the first epoch, the last one, and where those before it ended.
constexpr size_t kEpochsKept = PastEpochs::kEndsMax + 1;

void put_epoch(SealedStream& to, const SealedStream::Epoch& epoch) {
  const bool is_same = !to.epochs.empty() && to.epochs.back().epoch == epoch.epoch;
  if (!is_same) to.epochs.emplace_back();
  to.epochs.back() = epoch;
}

void put_point(SealedStream& to, const SealedStream::Point& point) {
  to.points.push_back(point);
  if (to.points.size() > kSealedPointsMax) to.points.erase(to.points.begin());
}

}  // namespace

uint32_t SealedStreams::agent_of(const std::string& name) {
  const auto [at, is_new] = agents_.try_emplace(name, static_cast<uint32_t>(agents_.size()));
  if (is_new) index_.agents.push_back(name);
  return at->second;
}

SealedStream& SealedStreams::stream_of(const Id& id) {
  const auto [at, is_new] = streams_.try_emplace(id, index_.streams.size());
  if (is_new) index_.streams.emplace_back().stream = id;
  return index_.streams[at->second];
}

uint32_t SealedStreams::add(const std::string& agent, const StreamHead& head) {
  SealedStream& stream = stream_of(head.stream);
  stream.agent = agent_of(agent);
  put_epoch(stream, {head.epoch, head.epoch_nonce, head.sequence});
  stream.chain = head.chain;
  SealedStream::Point point{head.epoch, head.sequence, {}};
  std::copy_n(head.chain.begin(), point.mark.size(), point.mark.begin());
  put_point(stream, point);
  return stream.agent;
}

void SealedStreams::add(const std::string& agent, const SealedStream& from) {
  SealedStream& stream = stream_of(from.stream);
  stream.agent = agent_of(agent);
  for (const SealedStream::Epoch& epoch : from.epochs) put_epoch(stream, epoch);
  if (stream.epochs.size() > 1 + kEpochsKept)
    stream.epochs.erase(stream.epochs.begin() + 1, stream.epochs.end() - kEpochsKept);
  stream.chain = from.chain;
  for (const SealedStream::Point& point : from.points) put_point(stream, point);
}

}  // namespace spoor::collector
