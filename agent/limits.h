// Every bound of the agent: its reason, and what happens when it is reached.
#pragma once

#include <cstddef>
#include <cstdint>

#include "agent/access_limits.h"
#include "common/frame/format.h"

namespace spoor::agent {

// One netlink datagram. The kernel's buffers grow past MAX_AUDIT_MESSAGE_LENGTH (8,970); 16 KiB
// holds everything seen. Longer: cut, and the record is marked unparsed.
inline constexpr size_t kDatagramBytesMax = 16u << 10;
// Datagrams a recvmmsg(2) call takes: 64 x 16 KiB = 1 MiB of buffers.
inline constexpr size_t kReceiveBatch = 64;
// 8,192 records of backlog charge about 7.5 MB of receive buffer (measured: 914 bytes a record).
inline constexpr int kReceiveBufferBytes = 16 << 20;
// What can wait for us at once: the socket's buffer, which the kernel doubles (socket(7)), at more
// than 512 bytes a record, and as much again for the audit system's own queues. Where more comes
// than we can read, timers lag by what these hold (agent/source/read_mark.h).
inline constexpr uint64_t kQueuedRecordsMax = 2 * (2 * uint64_t{kReceiveBufferBytes} / 512);
// What was read and is not yet covered by saved tables and written frames, kept over a kill -9. A
// storm of 1,500 commands a second (1.2 KB each, measured) fills it in 3.4 s, and tables are saved
// at half of it. All of it is resident. Reached: it is given up, and a crash then is a counted gap.
inline constexpr size_t kReadRingBytes = 6u << 20;

// Records that may come a second time, by the other way (agent/source/listener_overlap.h): as many
// as the kernel holds back by default of our configuration, and as many again that come meanwhile.
// Beyond: a record is taken twice.
inline constexpr size_t kRecordsRemembered = 16'384;

// Events whose end has not come, in text bytes. Reached: the oldest is closed as incomplete.
inline constexpr size_t kInFlightBytesMax = 8u << 20;
// One event's verbatim text. 10,000 arguments of 1.9 MB in all, hex, are 3.87 MB of records.
// Beyond: further records are not kept (records_cut) but still decoded. With the typed fields of
// the same event it stays under the frame's limit.
inline constexpr size_t kEventTextBytesMax = 5u << 20;
// Decoded values of one event: MAX_ARG_STRLEN x argc is bounded by a quarter of the stack limit,
// 2 MiB by default (execve(2)). Beyond: arguments are cut and marked.
inline constexpr size_t kEventValuesBytesMax = (3u << 20) - (64u << 10);
static_assert(kEventTextBytesMax + kEventValuesBytesMax < kEventBytesMax);
// Arguments of one command. 2 MiB of empty ones would be a million. Beyond: marked args_missing.
inline constexpr uint32_t kExecArgsMax = 1u << 20;
// Pieces that arguments of one command come in. Each record holds 7,500 bytes and breaks one
// argument at each end: the longest command line measured, 513 records, has about 1,000. Beyond:
// arg_cut.
inline constexpr size_t kExecPiecesMax = 4096;
// Arguments of one command that are named as missing or cut. Beyond: args_missing and arg_cut say
// it of all of them.
inline constexpr size_t kArgumentGapsMax = 1024;
// Arguments leave this much of kEventValuesBytesMax to the names and paths read after them.
inline constexpr size_t kNamesBytesReserved = 256u << 10;
static_assert(kNamesBytesReserved < kEventValuesBytesMax / 4);
// PATH records of one event; the kernel's own count is below 64 in practice. Beyond: text only.
inline constexpr size_t kPathsMax = 128;
// Typed fields of one event (Event.records): its bytes count as decoded values. 128 PATH records
// have 2,000. Beyond: the records that are left stay text, marked unparsed.
inline constexpr size_t kRecordFieldsMax = 8192;
// A field's name; the kernel's longest has 24. Longer is no name, but words.
inline constexpr size_t kFieldNameBytesMax = 64;
// No record of an event for this long: closed without its end. Nothing waits for the next line.
inline constexpr int64_t kEventQuietNsMax = 2'000'000'000;
// The same for an event without a SYSCALL record. The kernel writes LOGIN, CONFIG_CHANGE and the
// like while the syscall runs; SYSCALL and EOE follow within microseconds, or never (no rule
// loaded, a `never` rule, a kernel thread). Twice the pause between two reads tells which, and
// a login is not kept waiting for an end that may not exist. What comes later is an event of its
// own, `late`.
inline constexpr int64_t kEventQuietNoSyscallNsMax = 50'000'000;
static_assert(kEventQuietNoSyscallNsMax < kEventQuietNsMax);
// Closed events remembered, so that a late record is told from a new event.
inline constexpr size_t kClosedRemembered = 4096;

// An ended process stays this long after its exit was read, and until the audit socket was empty
// once: exits were seen up to 83 ms before their exec's record.
inline constexpr int64_t kExitHoldNs = 500'000'000;
// After its end was told, a process is remembered this long more: an exec whose EOE was lost comes
// kEventQuietNsMax late and must still find it.
inline constexpr int64_t kEndedKeepNs = 2'500'000'000;
static_assert(kEndedKeepNs > kEventQuietNsMax);
// An event's time is the coarse clock's, cut to ms: it lies up to a tick (10 ms at HZ=100) and 1 ms
// before what it tells of.
inline constexpr int64_t kAuditTickNs = 11'000'000;
// Two clocks are read one after the other: what one of them says of the other is this unsure.
inline constexpr int64_t kClockSlackNs = 2'000'000;
// A birth in /proc is rounded down to a clock tick (10 ms) and lies before the connector's time of
// the same fork by as long as the forking process was kept from running.
inline constexpr int64_t kFoundSlackNs = 50'000'000;
// Execs of one process that a child's birth is compared with. Beyond: the oldest are forgotten.
inline constexpr size_t kExecsKeptMax = 16;
// Processes known. Reached: the longest ended goes first, then the oldest without a command.
inline constexpr size_t kProcessesMax = 65'536;
// Paths of the programs they run, each once: 5,000 of 40 bytes take 0.7 MiB. Beyond: the program is
// not known.
inline constexpr size_t kProgramBytesMax = 2u << 20;
// The table is compared with /proc so often, and soon after the connector lost messages. To read
// 300 processes takes 15 ms of the lookup thread.
inline constexpr int64_t kProcessScanNs = 300'000'000'000;
inline constexpr int64_t kProcessScanAfterLossNs = 10'000'000'000;
// Sessions known. Reached: the one silent for longest is forgotten; it is only seen anew.
inline constexpr size_t kSessionsMax = 4'096;

// Directories whose paths are known, in all sessions (agent/correlate/directory_table.h): 6,800 of
// 50 bytes; a quarter more for files that processes opened. Reached: those unused for longest go.
// Sessions that see two trees of files: kSessionsMax. Beyond: all older ones count as such, too.
inline constexpr size_t kDirectoryTableBytesMax = 2u << 20;
// Decisions of security modules that one event tells, each a fact: SELinux writes one or two.
// Beyond: the records say it.
inline constexpr size_t kDecisionsMax = 8;

// Lines begun in some process and terminal, and their bytes: some 40, at most 64 KiB (four texts in
// strings of up to twice their size). Reached: the one silent for longest is told, unfinished.
inline constexpr size_t kTypedLinesMax = 1024;
inline constexpr size_t kTypedBytesMax = 1u << 20;

// One wake-up takes what 25 ms brought, and the timers with it: to wake, find and sleep costs as
// much as reading forty records. An exec+exit pair of a busy session took 38 us with 10 ms, 31 with
// 25 (measured, all of the agent); the socket's buffer holds what 25 ms bring a hundred times over.
inline constexpr int64_t kTickNs = 25'000'000;

// Events that wait to learn where their process runs (agent/correlate/place_gate.h), and what came
// behind them, as bytes_of() counts.
// Beyond, or after kPlaceWaitNs: recorded without knowing. Answers are taken at each tick, and a
// wait begins with one: two more are two chances.
inline constexpr size_t kPlaceQuestionsMax = 1024;
inline constexpr size_t kPlaceWaitBytesMax = 4u << 20;
inline constexpr int64_t kPlaceWaitNs = 2 * kTickNs;
// A container's or unit's name in an answer. systemd's units have at most 255 bytes, ids 64.
// Beyond: cut.
inline constexpr size_t kPlaceNameBytesMax = 256;
static_assert(kPlaceWaitNs >= 2 * kTickNs && kPlaceWaitNs < kEventQuietNsMax);

// A rule file, and a line of it. A path of 4,096 bytes and auditctl's own 6,144 a line fit. Beyond:
// a problem of that file, and nothing is loaded.
inline constexpr size_t kRuleFileBytesMax = 1u << 20;
inline constexpr size_t kRuleLineBytesMax = 8192;
// Rules that the files hold. Every system call's exit walks the list: a thousand are too many for
// any host. Beyond: a problem.
inline constexpr size_t kRulesMax = 1024;
// A full queue that holds a program up for longer than this for one record is taken for a mistake.
inline constexpr int64_t kBacklogWaitWarnNs = 10'000'000'000;
// Our rules in the kernel are compared with those that are wanted this often, hints apart.
inline constexpr int64_t kRuleCheckNs = 15'000'000'000;
// Whoever removes our rules again and again has a reason: a fight would fill the log and win
// nothing. After so many repairs within the window they are left alone for an hour, and that is
// told.
inline constexpr size_t kRuleFightsMax = 3;
inline constexpr int64_t kRuleFightsWindowNs = 600'000'000'000;
inline constexpr int64_t kRuleContestedNs = 3'600'000'000'000;

// Redaction rules, those of the site among them. Beyond: a problem, and nothing is loaded.
inline constexpr size_t kRedactRulesMax = 256;
// Bytes that rules are tried on for one event, each rule by itself: 25 ms at 3 ns a byte, where a
// command line of 2 MiB could be made to take half a second. Beyond: a text that a rule may be
// about is blanked whole, as `unchecked`.
inline constexpr size_t kRedactWorkBytesMax = 8u << 20;

// One line of a log that is replayed: a record and its enriched names are below 20 KiB, so whatever
// is longer is no record of auditd's. Beyond: cut there, counted.
inline constexpr size_t kLogLineBytesMax = 1u << 20;
// Hosts whose records one replayed log may hold (`node=`), each with tables of its own. Beyond: an
// error that says so.
inline constexpr size_t kReplayHostsMax = 256;
// A host's name in `node=` (HOST_NAME_MAX is 64). Longer: no record of auditd's, the line is
// counted as unreadable.
inline constexpr size_t kNodeBytesMax = 255;
// Sessions that a replay's table counts apart. Beyond: counted, not shown.
inline constexpr size_t kReplaySessionsMax = 4'096;

// A line that is being typed, with its keys by name: two screens of text. The kernel gives 4,096
// bytes at most in one record (N_TTY_BUF_SIZE). Beyond: told as unfinished, and the rest as the
// next line.
inline constexpr size_t kTypedLineBytesMax = 8u << 10;
static_assert(kLogTickBytesMax < kReadRingBytes / 16);

// A serial missing for this long is lost, not late.
inline constexpr int64_t kSerialReorderNs = 1'000'000'000;

// A hole is judged without the kernel's counters when nobody has asked for them for this long.
inline constexpr int64_t kCountersSilentNs = 4'000'000'000;
static_assert(kCountersSilentNs > 2 * kSerialReorderNs);
// Runs of missing serials waited for. Reached: the oldest is told as lost at once.
inline constexpr size_t kHolesMax = 4'096;

// Repairs of the kernel's settings within the window. Reached: they are left as they are, and that
// is told; somebody wants them so.
inline constexpr size_t kSettingFightsMax = 3;
inline constexpr int64_t kSettingFightsWindowNs = 600'000'000'000;
// Reports of the control socket's thread that the capture thread has not taken, one a second.
// Reached: the newest takes the place of the one before it, whose news it carries; counters only
// grow, so that nothing is lost by it.
inline constexpr size_t kKernelReportsMax = 64;

// Sealed frames that wait for a disk that stands still: half as much again as 30 s of 1,000
// commands a second (680 bytes each, measured). Reached: it goes, and a tombstone counts it.
inline constexpr size_t kFrameQueueBytesMax = 32u << 20;
// Of these, for `access` alone: a storm of commands must not keep a login out.
inline constexpr size_t kFrameQueueAccessBytes = 1u << 20;

}  // namespace spoor::agent
