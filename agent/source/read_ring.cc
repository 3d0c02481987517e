#include "agent/source/read_ring.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <type_traits>

#include "agent/limits.h"
#include "agent/source/log_item.h"
#include "common/log.h"
#include "common/unique_fd.h"

namespace spoor::agent {
namespace {

// Of a path: a longer one the witness does not tell (PATH_MAX).
constexpr size_t kPathBytesMax = 4096;
constexpr uint64_t kMagic = 0x0004474E52505300;  // "\0SPRNG", version 4
constexpr size_t kHeaderBytes = 4096;
constexpr size_t kNoteOffset = 2048;
// A record's text has 170 bytes on average and 500 with few exceptions.
constexpr ReceiveArea::Shape kAudit = {kReceiveBatch, 512, kDatagramBytesMax - 512};
// A message has 76 bytes; a batch takes what a burst of forks leaves in 5 ms.
constexpr ReceiveArea::Shape kConnector = {256, 128, 0};

enum Kind : uint8_t { kFiller, kInstant, kRecord, kMessage, kDrained, kTimers, kGap, kStatus,
                      kRecordDrops, kMessageDrops, kPlaceAnswer, kLog };

struct Entry {
  uint32_t size;  // of the payload; whole entries are multiples of 8
  uint16_t type;
  uint8_t kind;
  uint8_t zero;
};
static_assert(sizeof(Entry) == 8);

// A storm of 10 MB/s takes 15,000 years to get there.
constexpr uint64_t kPositionMax = uint64_t{1} << 62;

constexpr size_t whole(size_t bytes) { return (bytes + 7) & ~size_t{7}; }

// The largest batch is appended before any of it is published.
static_assert(kReceiveBatch * (kDatagramBytesMax + 64) < kReadRingBytes / 4);
static_assert(kReadRingBytes % 4096 == 0);

// `published`: the tail, which is a multiple of 8, and in its low bits the areas' turns.
constexpr uint64_t kAuditTurn = 1, kConnectorTurn = 2, kTurns = 7;

// Of everything that two programs must agree on to read each other's memory.
constexpr uint64_t layout() {
  uint64_t hash = 0xCBF29CE484222325;
  for (const uint64_t n :
       {kHeaderBytes, kReadRingBytes, kAudit.datagrams, kAudit.short_bytes, kAudit.long_bytes,
        kConnector.datagrams, kConnector.short_bytes, kConnector.long_bytes, sizeof(mmsghdr),
        sizeof(sockaddr_nl), sizeof(Entry), sizeof(Instant), sizeof(ProcessMessage),
        sizeof(KernelStatus), sizeof(RecordDrops), sizeof(MessageDrops)}) {
    hash = (hash ^ n) * 0x100000001B3;
  }
  return hash;
}

}  // namespace

struct ReadRing::Header {
  uint64_t magic;
  uint64_t layout;
  Id boot_id;
  Id id;
  std::atomic<uint64_t> head;
  std::atomic<uint64_t> published;
};

size_t ReadRing::memory_bytes() {
  return kHeaderBytes + kAudit.bytes() + kConnector.bytes() + kReadRingBytes;
}

void ReadRing::Unmap::operator()(uint8_t* memory) const { munmap(memory, memory_bytes()); }

ReadRing::ReadRing(ReadRing&&) noexcept = default;
ReadRing& ReadRing::operator=(ReadRing&&) noexcept = default;
ReadRing::~ReadRing() = default;

Result<ReadRing> ReadRing::open(const std::string& path, const Id& boot_id) {
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (!fd.is_open()) return from_errno(errno, path);
  const auto size = memory_bytes();
  // Reserved now: a store into a page that there is no room for would be a SIGBUS.
  if (const int error = posix_fallocate(fd.get(), 0, static_cast<off_t>(size)); error != 0) {
    return from_errno(error, path);
  }
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return from_errno(errno, "mapping " + path);
  Mapping mapping(static_cast<uint8_t*>(memory));
  const std::span<uint8_t> bytes(mapping.get(), size);
  return ReadRing(std::move(mapping), bytes, boot_id);
}

ReadRing ReadRing::open_or_in_memory(const std::string& path, const Id& boot_id) {
  auto opened = open(path, boot_id);
  if (opened.is_ok()) return std::move(opened).value();
  log_warning("what is read will not outlive a crash: {}", opened.status().message());
  return in_memory();
}

ReadRing ReadRing::in_memory() {
  const auto size = memory_bytes();
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(memory != MAP_FAILED);
  Mapping mapping(static_cast<uint8_t*>(memory));
  const std::span<uint8_t> bytes(mapping.get(), size);
  return ReadRing(std::move(mapping), bytes, Id{});
}

ReadRing ReadRing::over(std::span<uint8_t> memory, const Id& boot_id) {
  return ReadRing(Mapping(), memory, boot_id);
}

ReadRing::ReadRing(Mapping mapping, std::span<uint8_t> memory, const Id& boot_id)
    : mapping_(std::move(mapping)),
      header_(reinterpret_cast<Header*>(memory.data())),
      ring_(memory.data() + kHeaderBytes + kAudit.bytes() + kConnector.bytes()) {
  CHECK(memory.size() >= memory_bytes());
  if (!is_ours(boot_id)) make_anew(boot_id);
  const uint64_t published = header_->published.load(std::memory_order_acquire);
  tail_ = published & ~kTurns;
  uint8_t* const areas = memory.data() + kHeaderBytes;
  audit_.emplace(kAudit, areas, (published & kAuditTurn) != 0);
  connector_.emplace(kConnector, areas + kAudit.bytes(), (published & kConnectorTurn) != 0);
}

bool ReadRing::is_ours(const Id& boot_id) const {
  if (header_->magic != kMagic || header_->layout != layout()) {
    if (header_->magic != 0) {
      log_warning("what is read was kept in another shape by the version of before: beginning "
                  "anew. What only it held is counted as lost");
    }
    return false;
  }
  const uint64_t head = header_->head.load(std::memory_order_acquire);
  const uint64_t tail = header_->published.load(std::memory_order_acquire) & ~kTurns;
  return header_->boot_id == boot_id && head % 8 == 0 && head <= tail &&
         tail - head <= kReadRingBytes && tail < kPositionMax;
}

void ReadRing::make_anew(const Id& boot_id) {
  header_->magic = 0;  // until it is whole
  std::atomic_signal_fence(std::memory_order_seq_cst);
  auto* const memory = reinterpret_cast<uint8_t*>(header_);
  std::memset(memory + sizeof header_->magic, 0, sizeof(Header) - sizeof header_->magic);
  std::memset(note().data(), 0, note().size());
  std::memset(memory + kHeaderBytes, 0, kAudit.state_bytes());
  std::memset(memory + kHeaderBytes + kAudit.bytes(), 0, kConnector.state_bytes());
  header_->layout = layout();
  header_->boot_id = boot_id;
  header_->id = random_id();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  header_->magic = kMagic;
}

std::span<uint8_t> ReadRing::note() {
  return {reinterpret_cast<uint8_t*>(header_) + kNoteOffset, kHeaderBytes - kNoteOffset};
}

uint64_t ReadRing::beginning() const { return header_->head.load(std::memory_order_acquire); }

uint64_t ReadRing::id() const { return load_le<uint64_t>(header_->id.data()); }

// ------------------------------------------------------------------ writing

uint8_t* ReadRing::reserve(size_t size) {
  size_t at = tail_ % kReadRingBytes;
  const size_t to_end = kReadRingBytes - at;
  const size_t filler = to_end < size ? to_end : 0;
  if (tail_ + filler + size - header_->head.load(std::memory_order_relaxed) > kReadRingBytes) {
    // Before the first byte of it is overwritten.
    move_head(header_->published.load(std::memory_order_relaxed) & ~kTurns);
  }
  if (filler > 0) {
    const Entry entry{static_cast<uint32_t>(filler - sizeof(Entry)), 0, kFiller, 0};
    std::memcpy(ring_ + at, &entry, sizeof entry);
    tail_ += filler;
    at = 0;
  }
  tail_ += size;
  return ring_ + at;
}

void ReadRing::append(uint8_t kind, uint16_t type, const void* payload, size_t size) {
  uint8_t* const to = reserve(sizeof(Entry) + whole(size));
  const Entry entry{static_cast<uint32_t>(size), type, kind, 0};
  std::memcpy(to, &entry, sizeof entry);
  if (size > 0) std::memcpy(to + sizeof entry, payload, size);
}

template <typename Item>
void ReadRing::append_plain(uint8_t kind, const Item& item) {
  static_assert(std::is_trivially_copyable_v<Item>);
  append(kind, 0, &item, sizeof item);
}

void ReadRing::append(Instant now) { append_plain(kInstant, now); }

void ReadRing::append(const Datagram& record) {
  append(kRecord, record.type, record.text.data(), record.text.size());
}

void ReadRing::append(const ProcessMessage& message) {
  append_plain(kMessage, message);
}

void ReadRing::append(SocketDrained) { append(kDrained, 0, nullptr, 0); }
void ReadRing::append(TimersDue) { append(kTimers, 0, nullptr, 0); }
void ReadRing::append(ReadingGap) { append(kGap, 0, nullptr, 0); }
void ReadRing::append(const KernelStatus& status) { append_plain(kStatus, status); }
void ReadRing::append(const RecordDrops& drops) { append_plain(kRecordDrops, drops); }
void ReadRing::append(const MessageDrops& drops) { append_plain(kMessageDrops, drops); }

void ReadRing::append(const LogLine& line) { append_log(line); }
void ReadRing::append(const LogPosition& position) { append_log(position); }

void ReadRing::append_log(const LogItem& item) {
  std::string bytes;
  write_log_item(item, bytes);
  append(kLog, 0, bytes.data(), bytes.size());
}

namespace {

void append_text(std::string& bytes, std::string_view text, size_t size_max) {
  const size_t size = std::min(text.size(), size_max);
  append_le(bytes, static_cast<uint16_t>(size));
  bytes.append(text.substr(0, size));
}

}  // namespace

// Ticket, start, uid, place, five strings with their lengths, and directories, three parts each.
void ReadRing::append(const PlaceAnswer& answer) {
  const ProcessSight& seen = answer.seen;
  std::string bytes;
  append_le(bytes, answer.ticket);
  append_le(bytes, seen.unit_started_ns);
  append_le(bytes, seen.uid);
  append_le(bytes, static_cast<uint8_t>(seen.place));
  for (const std::string* name : {&seen.comm, &seen.runtime, &seen.container, &seen.unit}) {
    append_text(bytes, *name, kPlaceNameBytesMax);
  }
  append_text(bytes, seen.exe, kPathBytesMax);
  for (const DirectorySeen& directory : answer.directories) {
    append_le(bytes, directory.descriptor);
    append_le(bytes, directory.inode);
    append_text(bytes, directory.device, kPlaceNameBytesMax);
    append_text(bytes, directory.path, kPathBytesMax);
  }
  append(kPlaceAnswer, 0, bytes.data(), bytes.size());
}

void ReadRing::publish() {
  const uint64_t turns = (audit_->turn_done() ? kAuditTurn : 0) |
                         (connector_->turn_done() ? kConnectorTurn : 0);
  header_->published.store(tail_ | turns, std::memory_order_release);
}

void ReadRing::settle(uint64_t position) {
  const uint64_t tail = header_->published.load(std::memory_order_relaxed) & ~kTurns;
  const uint64_t head = header_->head.load(std::memory_order_relaxed);
  move_head(std::clamp(position, head, tail));
}

// The head first: what is zero must not be played. It never goes beyond what is published.
void ReadRing::move_head(uint64_t to) {
  uint64_t from = header_->head.load(std::memory_order_relaxed);
  header_->head.store(to, std::memory_order_release);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  while (from < to) {
    const size_t at = from % kReadRingBytes;
    const size_t size = std::min<size_t>(to - from, kReadRingBytes - at);
    std::memset(ring_ + at, 0, size);
    from += size;
  }
}

void ReadRing::forget() {
  settle(~uint64_t{0});
  audit_->forget();
  connector_->forget();
}

void ReadRing::forget_batches() {
  audit_->forget_own();
  connector_->forget_own();
}

// ------------------------------------------------------------------ reading

namespace {

// Of numbers alone: any bytes make one.
template <typename Item>
std::optional<ReadItem> read_plain(const Entry& entry, const uint8_t* payload) {
  Item item;
  if (entry.size != sizeof item) return std::nullopt;
  std::memcpy(&item, payload, sizeof item);
  return item;
}

std::optional<ReadItem> read_log(std::string_view payload) {
  const auto item = read_log_item(payload);
  if (!item) return std::nullopt;
  return std::visit([](const auto& told) { return ReadItem(told); }, *item);
}

// A length (u16) and as many bytes.
bool take_text(std::string_view& bytes, std::string& to) {
  if (bytes.size() < 2) return false;
  const size_t size = load_le<uint16_t>(as_bytes(bytes).data());
  bytes.remove_prefix(2);
  if (size > bytes.size()) return false;
  to.assign(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return true;
}

bool take_directory(std::string_view& bytes, DirectorySeen& to) {
  constexpr size_t kNumbers = 4 + 8;
  if (bytes.size() < kNumbers) return false;
  to.descriptor = load_le<int32_t>(as_bytes(bytes).data());
  to.inode = load_le<uint64_t>(as_bytes(bytes).data() + 4);
  bytes.remove_prefix(kNumbers);
  return take_text(bytes, to.device) && take_text(bytes, to.path);
}

std::optional<ReadItem> read_answer(std::string_view bytes) {
  const auto* at = reinterpret_cast<const uint8_t*>(bytes.data());
  constexpr size_t kNumbers = 8 + 8 + 4 + 1;
  if (bytes.size() < kNumbers || at[kNumbers - 1] > static_cast<uint8_t>(Place::container)) {
    return std::nullopt;
  }
  PlaceAnswer answer;
  ProcessSight& seen = answer.seen;
  answer.ticket = load_le<uint64_t>(at);
  seen.unit_started_ns = load_le<int64_t>(at + 8);
  seen.uid = load_le<uint32_t>(at + 16);
  seen.place = static_cast<Place>(at[kNumbers - 1]);
  bytes.remove_prefix(kNumbers);
  for (std::string* name :
       {&seen.comm, &seen.runtime, &seen.container, &seen.unit, &seen.exe}) {
    if (!take_text(bytes, *name)) return std::nullopt;
  }
  while (!bytes.empty()) {
    if (!take_directory(bytes, answer.directories.emplace_back())) return std::nullopt;
  }
  return answer;
}

// The entry's meaning; nullopt for one that makes none. `payload` is checked to be in the ring.
std::optional<ReadItem> read_item(const Entry& entry, const uint8_t* payload) {
  switch (entry.kind) {
    case kInstant: return read_plain<Instant>(entry, payload);
    case kMessage:
      // A kind that is none must not become an enum.
      static_assert(offsetof(ProcessMessage, kind) == 0);
      if (entry.size == 0 || payload[0] > static_cast<uint8_t>(ProcessMessage::Kind::thread_exit)) {
        return std::nullopt;
      }
      return read_plain<ProcessMessage>(entry, payload);
    case kRecord:
      if (entry.size > kDatagramBytesMax) return std::nullopt;
      return Datagram{entry.type, {reinterpret_cast<const char*>(payload), entry.size}};
    case kDrained: return SocketDrained{};
    case kTimers: return TimersDue{};
    case kGap: return ReadingGap{};
    case kStatus: return read_plain<KernelStatus>(entry, payload);
    case kRecordDrops: return read_plain<RecordDrops>(entry, payload);
    case kMessageDrops: return read_plain<MessageDrops>(entry, payload);
    case kLog: return read_log({reinterpret_cast<const char*>(payload), entry.size});
    case kPlaceAnswer:
      return read_answer({reinterpret_cast<const char*>(payload), entry.size});
    default: return std::nullopt;
  }
}

}  // namespace

bool ReadRing::has(uint64_t from) const {
  const uint64_t tail = header_->published.load(std::memory_order_acquire) & ~kTurns;
  return from % 8 == 0 && from >= header_->head.load(std::memory_order_acquire) && from <= tail;
}

uint64_t ReadRing::first() const { return header_->head.load(std::memory_order_acquire); }

Status ReadRing::play(uint64_t from, uint64_t to,
                      const std::function<void(const ReadItem&)>& visit) const {
  if (!has(from) || !has(to)) return not_found("what was read has been overwritten");
  while (from < to) {
    const size_t at = from % kReadRingBytes;
    Entry entry;
    std::memcpy(&entry, ring_ + at, sizeof entry);
    const size_t size = sizeof entry + whole(entry.size);
    if (size > kReadRingBytes - at || size > to - from) return corrupt("an entry out of bounds");
    if (entry.kind != kFiller) {
      const auto item = read_item(entry, ring_ + at + sizeof entry);
      if (!item) return corrupt("an entry that makes no sense");
      visit(*item);
    }
    from += size;
  }
  return ok();
}

}  // namespace spoor::agent
