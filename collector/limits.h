// Every bound of the collector: its reason, and what happens when it is reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "common/frame/format.h"

namespace spoor::collector {

// ------------------------------------------------------------------ receive

// One message from an uplink: a block of one frame and a few bytes around it. Longer: gRPC ends the
// call with RESOURCE_EXHAUSTED before we see it.
inline constexpr size_t kMessageBytesMax = 10u << 20;
static_assert(kFrameBytesMax + 4096 < kMessageBytesMax);
// Blocks accepted and not yet on disk. Reached: connections are not read until the writer has
// caught up; each may hand over the one frame it had read already.
inline constexpr size_t kQueueBytesMax = 64u << 20;
static_assert(kQueueBytesMax > 4 * kMessageBytesMax);
// Open calls from uplinks. Reached: a new one is refused with CODE_UNAVAILABLE.
inline constexpr size_t kConnectionsMax = 256;
// What gRPC may hold for all its calls together. Reached: it stops reading sockets.
inline constexpr size_t kGrpcBytesMax = 256u << 20;
// Streams in one Hello: four classes, and room for writers to come. Beyond: CODE_LIMIT.
inline constexpr size_t kStreamsPerHelloMax = 64;
// Epochs in one offer: a spool holds one for each start of its writer. Beyond: CODE_LIMIT.
inline constexpr size_t kEpochsPerOfferMax = 4096;
// An agent's name: a host name of DNS is at most 63 bytes a label. Beyond: CODE_LIMIT.
inline constexpr size_t kAgentNameMax = 64;
// A stored tombstone: one entry of at most a few dozen bytes, two empty-ish sections, the outside
// of a block. It is the only kind that is opened before the commit. Beyond: CODE_LIMIT.
inline constexpr size_t kTombstoneBytesMax = 1024;
// Frames remembered by stream, so that one sent twice is told from a fork. An uplink never sends
// again what lies before its Resume, so this need not be deep. Beyond: CODE_PROTOCOL.
inline constexpr size_t kRecentFramesMax = 64;
// Group commit: what waits is written together, at most this much at a time...
inline constexpr size_t kCommitBytesMax = 4u << 20;
// ...and the writer waits this long for company before it syncs.
inline constexpr int64_t kCommitWaitNs = 3'000'000;
// What an uplink is told to wait when the log cannot be written (disk full).
inline constexpr uint64_t kRetryAfterMs = 5'000;

// ------------------------------------------------------------------ identity

// A packet between the collector and its CA: a request of a P-256 key has a few hundred bytes, a
// chain of certificates a few thousand. Beyond: refused.
inline constexpr size_t kAuthorityPacketMax = 64u << 10;
// Labels of a token. Beyond: it is not made.
inline constexpr size_t kLabelsMax = 16;
// A token is for one roll-out, not for ever. Beyond: it is not made.
inline constexpr int64_t kTokenLifeMaxS = 366 * 24 * 3600;
inline constexpr int64_t kTokenUsesMax = 1'000'000;
// What a host may send to be enrolled: a token has 76 bytes, a request of a P-256 key about 300.
// Beyond: refused.
inline constexpr size_t kTokenBytesMax = 128;
inline constexpr size_t kRequestBytesMax = 4096;
// Enrolments that wait for the CA, each with a thread. Beyond: told to come back.
inline constexpr int kEnrolmentsWaitingMax = 64;
// What the CA tells of its journal at a time. The rest comes with the next question.
inline constexpr int64_t kJournalRowsMax = 100;

// Agents in one answer. The rest comes with the next page.
inline constexpr size_t kAgentsMax = 1'000;
// Agents that one event names, of those that it counts.
inline constexpr int kAgentsNamedMax = 100;

// ------------------------------------------------------------------ log

// A segment is closed at this size, and at the end of the UTC day in which it was begun, so that
// retention can drop whole files.
inline constexpr uint64_t kSegmentBytesMax = 256ull << 20;
// One stored entry: header, name, block. Checked before a length read from disk is believed.
inline constexpr size_t kEntryBytesMax = kBlockBytesMax + 512;

// ------------------------------------------------------------------ follow

// Blocks read in one step. One entry beyond it is still read whole.
inline constexpr size_t kFollowBytesMax = 8u << 20;

// What one event may take in memory: an agent sends at most 1,048,576 arguments, about 40 MiB of
// them when they are empty. Beyond: a Loss stands in its place; the log still has it.
inline constexpr size_t kEventMemoryMax = 64u << 20;

// ------------------------------------------------------------------ query

inline constexpr size_t kSessionsDefault = 50;
inline constexpr size_t kSessionsMax = 1'000;
// A page of sessions in bytes. Reached: the page ends there, however many were asked for.
inline constexpr size_t kSessionsBytesMax = 4u << 20;
// A text in a session's summary; hosts choose them. Longer: cut; the trail's events have it whole.
inline constexpr size_t kSummaryTextMax = 4096;
// Calls from operators at a time, and threads for them: a trail that nobody reads, because its
// reader has stopped a pager, holds one. Beyond: RESOURCE_EXHAUSTED.
inline constexpr int kQueryThreadsMax = 128;
// How long a trail may take, its reader's pauses with it. Reached: the call is cancelled.
inline constexpr std::chrono::minutes kTrailTimeMax{10};
// Hashes kept to count different files, or hosts, of a session: 32 KiB each while it is folded.
// Beyond: the count is an estimate and says so.
inline constexpr size_t kDistinctMax = 4096;
// Sessions that one is linked to, each way. Beyond: left out; the trail's events name them all.
inline constexpr size_t kSessionLinksMax = 64;
// Depth of a command under its session. Deeper ones are shown at this depth.
inline constexpr uint32_t kDepthMax = 1'000;

}  // namespace spoor::collector
