// Every bound of the collector: its reason, and what happens when it is reached.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "common/frame/format.h"

namespace spoor::collector {

// ------------------------------------------------------------------ receive

// One message from an uplink: a block of one frame and a few bytes around it. Beyond: CODE_LIMIT.
inline constexpr size_t kMessageBytesMax = 10u << 20;
static_assert(kFrameBytesMax + 4096 < kMessageBytesMax);
// A message that is not one Frame and nothing else: the largest Hello of a spool has 4 streams of
// 4,096 epochs, 600 KiB. What small fields unfold into in memory is fifty times this. Beyond:
// CODE_LIMIT.
inline constexpr size_t kSmallMessageBytesMax = 2u << 20;
// Blocks accepted and not yet on disk. Reached: connections are not read until the writer has
// caught up; each may hand over the one frame it had read already.
inline constexpr size_t kQueueBytesMax = 64u << 20;
static_assert(kQueueBytesMax > 4 * kMessageBytesMax);
// What one agent may have of that, over all its connections, so that its flood leaves room for the
// others: three groups of the writer's. Reached: it alone is not read until half of it is written.
inline constexpr size_t kPeerQueueBytesMax = 12u << 20;
// Streams in one Hello: four classes, and room for writers to come. Beyond: CODE_LIMIT.
inline constexpr size_t kStreamsPerHelloMax = 64;
// Streams that an agent may begin at once: four, and four more each time it is asked for new ones.
// Beyond: CODE_LIMIT for a Hello with further ones, with the time at which they have a place...
inline constexpr size_t kStreamsBegunMax = 256;
// ...which comes after so long for each: 288 a day, whose heads take some 100 KB of memory.
inline constexpr int64_t kStreamBegunEveryNs = 300'000'000'000;
// Agents whose last Status is kept. Beyond: not kept.
inline constexpr size_t kStatusesMax = 65'536;
// One Status: two dozen numbers, a hash and a version. Longer: not kept.
inline constexpr size_t kStatusBytesMax = 1'024;
// Conflicts of one stream within kConflictsTimeNs. From here on it is taken for two hosts with one
// identity, and who comes is asked for streams of its own...
inline constexpr uint32_t kConflictsUntilClone = 4;
// ...and from here on they are told by the program's log only, and no more by events.
inline constexpr uint32_t kConflictsToldMax = 16;
inline constexpr int64_t kConflictsTimeNs = 3'600'000'000'000;
// Epochs in one offer: a spool holds one for each start of its writer. Beyond: CODE_LIMIT.
inline constexpr size_t kEpochsPerOfferMax = 4096;
// An agent's name: a host name of DNS is at most 63 bytes a label. Beyond: CODE_LIMIT.
inline constexpr size_t kAgentNameMax = 64;
// A stored tombstone: one entry of at most a few dozen bytes, two empty-ish sections, the outside
// of a block. It is the only kind that is opened before the commit. Beyond: CODE_LIMIT.
inline constexpr size_t kTombstoneBytesMax = 1024;
// Frames remembered by stream, so that one sent twice is told from a fork. An uplink never sends
// again what lies before its Resume, so this need not be deep. Beyond: CODE_PROTOCOL.
// Each agent has four streams, known to its connection and to the writer: of a fleet of 10,000 this
// is 6 KiB an agent of the 140 that it may cost.
inline constexpr size_t kRecentFramesMax = 16;
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
// Enrolments that wait for the CA, each with a thread, and as many renewals. Beyond: told to come
// back.
inline constexpr int kEnrolmentsWaitingMax = 64;
// Certificates of one agent within a day before a renewal is refused: an uplink needs one in two
// months, and asks once an hour when the answers are lost on their way.
inline constexpr int64_t kCertificatesPerDayMax = 24;
// What the CA tells of its journal at a time. The rest comes with the next question.
inline constexpr int64_t kJournalRowsMax = 100;

// Checkpoints of one stream that are looked at together, before it is one a second: an agent writes
// one a minute, so this is an hour without a network. A signature takes 0.1 ms to check. Beyond:
// passed over.
inline constexpr int64_t kCheckpointsBurst = 60;
// How long after its host was enrolled anew an agent may sign with the key before: until it is
// started again, and as much as its clock may be off.
inline constexpr int64_t kCheckpointKeyLateS = 600;

// Agents in one answer. The rest comes with the next page.
inline constexpr size_t kAgentsMax = 1'000;
// Agents that one event names, of those that it counts.
inline constexpr int kAgentsNamedMax = 100;
// The collector's own events that wait for the disk. Beyond: dropped, counted and told.
inline constexpr size_t kJournalEventsMax = 1'024;
// How long a turn of the writer's may take, a few milliseconds as a rule. Beyond: its disk stands
// still, and no agent's silence counts until it is done.
inline constexpr int64_t kWriterStalledNs = 3'000'000'000;
// How long the writer waits before it tries a disk again that was full...
inline constexpr int64_t kDiskRetryNs = 1'000'000'000;
// ...and how long at most for anything: its clock is compared with itself as often.
inline constexpr int64_t kWriterPatienceNs = 60'000'000'000;
// A jump of the collector's clock beyond this is an event.
inline constexpr int64_t kClockStepNs = 2'000'000'000;

// ------------------------------------------------------------------ log

// A segment is closed at this size, and at the end of the UTC day in which it was begun, so that
// retention can drop whole files.
inline constexpr uint64_t kSegmentBytesMax = 256ull << 20;
// One stored entry: header, name, block. Checked before a length read from disk is believed.
inline constexpr size_t kEntryBytesMax = kBlockBytesMax + 512;

// ------------------------------------------------------------------ follow

// Blocks read in one step. One entry beyond it is still read whole.
inline constexpr size_t kFollowBytesMax = 8u << 20;

// Events decoded in one step, in memory: a hostile host's 8 MiB would unfold into a hundred GiB.
// Reached: they are applied before more is decoded; one frame beyond it is still taken whole.
inline constexpr size_t kFollowMemoryMax = 64u << 20;
// What one event may take in memory: an agent sends at most 1,048,576 arguments, about 40 MiB of
// them when they are empty. Beyond: a Loss stands in its place; the log still has it.
inline constexpr size_t kEventMemoryMax = 64u << 20;

// ------------------------------------------------------------------ blocks (docs/index.md)

// Rows of an index block: as many events as are kept in memory before they are sealed. Reached: it
// is sealed.
inline constexpr size_t kIndexBlockRowsMax = 256u << 10;
// Different texts of a block, in bytes; a quarter of a million different command lines have 20 MiB.
// Reached: it is sealed, with fewer rows.
inline constexpr size_t kIndexBlockTextMax = 64u << 20;
// A text in the index. Longer: cut there, marked, and looked up in the log.
inline constexpr size_t kIndexTextMax = 8u << 10;
// Where the words of such a text end, one byte a word at least and two from 128 on.
inline constexpr size_t kIndexCutsMax = kIndexTextMax + 1;
// Rows that are packed together: what is read at the least to see one of them.
inline constexpr size_t kPageRows = 4096;
static_assert(kIndexBlockRowsMax % kPageRows == 0);
// A pack of texts is closed at either, and has at most so many bytes then.
inline constexpr uint32_t kPackTexts = 256;
inline constexpr size_t kPackBytes = 64u << 10;
inline constexpr size_t kPackBytesMax = 96u << 10;
// Packs of a column from which on it has trigrams: 8 KiB, and to look into so few packs costs less.
inline constexpr size_t kTrigramPacksMin = 4;
// zstd's level. Higher ones pack no better and take longer; docs/benchmarks.md has them.
inline constexpr int kIndexZstdLevel = 1;
// Packs that a reader of texts keeps open, at most 24 MiB. Beyond: it forgets them and goes on.
inline constexpr size_t kOpenPacksMax = 256;
// A block's layout, unpacked: 256 columns of 64 pages at 30 bytes, 0.5 MB, as many again of packs
// and trigrams. Larger: the block is refused.
inline constexpr size_t kLayoutBytesMax = 4u << 20;
// A block: its numbers at 12 bytes each would be 115 MB, its texts 64 MiB. Larger: refused.
inline constexpr uint64_t kIndexBlockBytesMax = 1u << 30;

// ------------------------------------------------------------------ query

inline constexpr size_t kSessionsDefault = 50;
// Events of the collector's own that `spoor events` can show: a quiet fleet's year, a roll-out's
// week; about 20 MB. Beyond: who has most of them loses its oldest, which is still in the log.
inline constexpr size_t kOwnEventsMax = 32'768;
inline constexpr size_t kEventsDefault = 50;
inline constexpr size_t kEventsMax = 1'000;
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
// Hashes kept to count different files, or hosts, of a session: 32 KiB each at most,
// as long as the session is in the index.
// Beyond: the count is an estimate and says so.
inline constexpr size_t kDistinctMax = 4096;
// Events kept of a session that say something of the session itself. Beyond: those between the
// first half and the last are left out of its summary; its trail has them all.
inline constexpr size_t kToldEventsMax = 256;
// Ends of processes of a session whose command is not known. Beyond: those that come are left out,
// and where their start comes later its command counts as running.
inline constexpr size_t kOpenEndsMax = 4096;
// Sessions that one is linked to, each way. Beyond: left out; the trail's events name them all.
inline constexpr size_t kSessionLinksMax = 64;
// Depth of a command under its session. Deeper ones are shown at this depth.
inline constexpr uint32_t kDepthMax = 1'000;

}  // namespace spoor::collector
