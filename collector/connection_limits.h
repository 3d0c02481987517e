// Bounds of connections and calls from uplinks: each with its reason, and what happens when it is
// reached. Of what comes over them: collector/limits.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace spoor::collector {

// What may have come over one connection and was not taken: an uplink ships 16 MiB ahead of its
// commits. It bounds what gRPC gathers of one message, too. Reached: the connection is reset; over
// the Unix socket gRPC ends the call with RESOURCE_EXHAUSTED.
inline constexpr size_t kUnreadBytesMax = 24u << 20;
// The same over all connections of one agent: one, and another that the network has not given up
// yet. Reached: the one that has most is reset. A single bad host holds an eighth of what gRPC may.
inline constexpr size_t kAgentUnreadBytesMax = 32u << 20;
// The same over a connection without a call that showed a good certificate: a handshake, an
// enrolment, and the 64 KiB of a Hello that may come before we have seen whose it is. Reached: the
// connection is reset.
inline constexpr size_t kStrangerBytesMax = 256u << 10;
// How long a connection may be without one: a handshake, and an enrolment that waits for others'.
// Reached: the connection is reset.
inline constexpr int64_t kStrangerLifeNs = 60'000'000'000;
// Open calls from uplinks that said Hello: a fleet of 10,000 agents, each with an old call that the
// network has not given up yet in the worst case of a fifth. Reached: a new one is refused with
// CODE_UNAVAILABLE.
inline constexpr size_t kConnectionsMax = 12'288;
// Open calls that have not said Hello yet, or were refused and do not end: they need no
// certificate. Reached: the oldest is cut, so that there is a place for who comes.
inline constexpr size_t kUngreetedMax = 2'048;
// How long a call may be one of those, from its beginning, and how long the request of an enrolment
// or a renewal may take to come. Reached: it is cut.
inline constexpr int64_t kHelloWaitNs = 10'000'000'000;
// How long a call may go on when it was refused: time to read why. Reached, or as many of them as
// above: it is cut.
inline constexpr int64_t kRefusedWaitNs = 5'000'000'000;
// What may come over its connection while a call waits for a whole message: a frame has 9 MiB at
// most, and an uplink one call. Reached: the call is cut. A message that never ends could else grow
// behind those of another call, which count for a little more than they take.
inline constexpr size_t kWholeMessageBytesMax = 12u << 20;
// The request of an enrolment or a renewal: its fields have 5 KiB at most. Longer:
// INVALID_ARGUMENT.
inline constexpr size_t kRequestMessageBytesMax = 64u << 10;
// Descriptors that the process asks for: two connections of each agent in the worst case, and as
// many of strangers. Where there are fewer: fewer connections, and the program's log says so.
inline constexpr size_t kDescriptorsWanted = 65'536;
// Of these connections from the network leave so many to the log, the CA's answers and operators,
// or a quarter where there are few. Reached: strangers are cut.
inline constexpr size_t kDescriptorsReserved = 1'024;
// A connection without a call. Reached: it is closed.
inline constexpr int kIdleConnectionMs = 30'000;
// Open calls of one agent: one, and some that the network has not given up yet. Reached: the oldest
// is cut.
inline constexpr size_t kConnectionsPerAgentMax = 4;
// New TLS calls from one address: so many at once, and so many a second after that. A whole fleet
// behind one is back within a minute; who calls in a loop is not heard. Beyond: CODE_UNAVAILABLE,
// with the time at which its turn comes, so that each handshake but the first is worth its cost.
inline constexpr uint32_t kCallsPerAddressBurst = 512;
inline constexpr uint32_t kCallsPerAddressPerSecond = 400;
// The latest turn that is given. Beyond: all are told this.
inline constexpr int64_t kCallTurnMaxMs = 30'000;
// Calls on one connection, of which an agent needs one or two. Further ones wait for these.
inline constexpr int kCallsPerConnectionMax = 8;
// A connection over which nothing comes is asked whether it lives after this long, and given up
// when as much passes without an answer.
inline constexpr int kKeepaliveMs = 30'000;
// The commits of an agent that hands over less than so much within kJoinCommitsNs are joined: one
// that follows another within that time is told with the first that does not, or when as much has
// passed again. To sign and send one is a third of what a small frame costs. Beyond: told at once.
inline constexpr size_t kJoinCommitsBytesMax = 64u << 10;
inline constexpr int64_t kJoinCommitsNs = 1'250'000'000;
// How long a TLS handshake may take. Reached: the connection is closed. They are all begun at once
// and each costs over a millisecond: of a whole fleet that comes back at once the last are done
// after a quarter of a minute, and a shorter time would waste the work of nearly all.
inline constexpr int kHandshakeMs = 45'000;
// When the collector stops it tells its agents to come back at this pace, for the same reason.
inline constexpr uint64_t kReturnsPerSecond = 500;
// Addresses remembered for that. Beyond: those are forgotten that have all their calls again.
inline constexpr size_t kAddressesMax = 65'536;
// What gRPC may hold for all its calls together. Reached: it stops reading sockets.
inline constexpr size_t kGrpcBytesMax = 256u << 20;

}  // namespace spoor::collector
