// Bounds of what is known of logins, and of the logs that tell of them (agent/limits.h has the
// others, and says what such a bound is).
#pragma once

#include <cstddef>
#include <cstdint>

namespace spoor::agent {

// Processes that wrote records about logins, remembered with what they are. Reached: those that
// wrote nothing for longest go; who writes again is asked about again.
inline constexpr size_t kWritersMax = 4'096;
// Commands without a login whose place is remembered until they end. Beyond: an end is told without
// it.
inline constexpr size_t kPlacesMax = 16'384;
// Connections that log in, with what is learnt of them. Reached: the one silent for longest goes;
// what comes of it later stands alone.
inline constexpr size_t kLoginsMax = 1'024;
// A text remembered of one: an account's name, a key's fingerprint, a certificate's id. Beyond:
// cut.
inline constexpr size_t kLoginTextBytesMax = 256;
static_assert(kLoginsMax * kLoginTextBytesMax * 8 <= (2u << 20));
// Failed logins are counted by where they came from and for which account; longer ago than this
// they are not of the login that then succeeds. Pairs beyond the bound: the oldest goes, which
// guessing of many names reaches; such a count is then too low.
inline constexpr int64_t kFailuresKeptNs = 600'000'000'000;
inline constexpr size_t kFailurePairsMax = 4'096;
// A log's line waits so long for the records that it belongs to, by the clock of the feed: then it
// stands alone. Lines beyond the bounds: the oldest stands alone at once.
inline constexpr int64_t kLogWaitNs = 30'000'000'000;
inline constexpr size_t kLogLinesWaitingMax = 1'024;
inline constexpr size_t kLogBytesWaitingMax = 1u << 20;
// Processes that records tell of between two ticks. Beyond: all lines that wait are looked at.
inline constexpr size_t kTouchedMax = 64;
// A file's line is anybody's word: before it tells how somebody logged in, another that says
// something else of the same process has so long to come.
inline constexpr int64_t kLogSettleNs = 2'000'000'000;
static_assert(kLogSettleNs < kLogWaitNs);
// sudo says what it will run, and as whom only when it does so. Beyond the time, or with more
// waiting: told without that.
inline constexpr int64_t kPrivilegeWaitNs = 2'000'000'000;
inline constexpr size_t kPrivilegesMax = 256;
inline constexpr size_t kPrivilegeTextBytesMax = 4'096;  // PATH_MAX, for a command too. Beyond: cut

// A line of a PAM or sshd log, and a journal's MESSAGE. rsyslog's own limit is 8 KiB
// ($MaxMessageSize). Beyond: cut there, and marked.
inline constexpr size_t kLogTextBytesMax = 8u << 10;
// The other fields of a line: a path in _EXE is the longest (PATH_MAX). Beyond: cut.
inline constexpr size_t kLogFieldBytesMax = 4u << 10;
// Where a source goes on: sd_journal_get_cursor(3) has 150 bytes, a file's place 80. Beyond: taken
// for none.
inline constexpr size_t kLogCursorBytesMax = 512;
// Lines read and not yet taken by the capture thread. Reached: the files are not read on, which
// keep them better than we could.
inline constexpr size_t kLogQueueBytesMax = 1u << 20;
// Of these, what is taken at a tick: 2.5 MB a second fill half of the read ring in a second, in
// which a state is saved. And what one step of reading may take: questions wait behind it.
inline constexpr size_t kLogTickBytesMax = 64u << 10;
// A line counts as so much besides its text: its cursor, its writer and its origin. Empty ones
// would else be as many as there are bytes.
inline constexpr size_t kLogLineCost = 256;
// Logs that are followed. Beyond: a problem of the configuration; the cursor of a log that is
// followed no more is forgotten first.
inline constexpr size_t kLogsMax = 8;
// Names that this host had while we ran, and that its log's lines may have. Beyond: the oldest is
// another host's.
inline constexpr size_t kLogHostNamesMax = 8;
// The journal is taken for one that is written no more where a log file is newer by so much: what
// goes to a file goes through journald first. Looked at again so often.
inline constexpr int64_t kJournalBehindNs = 60'000'000'000;
inline constexpr int64_t kJournalCheckNs = 300'000'000'000;
// Files that one log was rotated into and that are looked at. Beyond: the oldest are not.
inline constexpr size_t kLogGenerationsMax = 64;

// Commands with secrets whose arguments are remembered, so that what sudo says of them as one
// string can be taken apart: its record comes within milliseconds, its line within seconds.
// Reached: the oldest goes, and of a longer one nothing is kept; more than the secret is blanked.
inline constexpr size_t kJoinedCommandsMax = 64;
inline constexpr size_t kJoinedCommandBytesMax = 8u << 10;
inline constexpr int64_t kJoinedCommandNs = 60'000'000'000;

}  // namespace spoor::agent
