// Groups records into events by (time, serial), any number in flight at a time: records of
// different processors interleave, and serials wrap.
//
// An event is closed by its EOE, or by a quiet time (limits.h), or as the oldest when events in
// flight pass kInFlightBytesMax. Whatever closes it, it is handed on exactly once. A record of an
// event closed lately begins an event of its own, marked `late`.
//
// Owns the events, and uses each again. One thread. Neither callback may call back in here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "agent/model.h"

namespace spoor::agent {

// What an event costs that is kept: itself, or a million of one short record each would count for
// nothing, and what records can make it grow by.
size_t bytes_of(const AuditEvent& event);

class Reassembler {
 public:
  // `closed` gets each event when it is complete or given up; the event is gone when it returns.
  // `began` hears of each new event, but not of a late one: its serial was there before.
  Reassembler(std::function<void(AuditEvent&)> closed, std::function<void(EventKey)> began);
  ~Reassembler();
  Reassembler(const Reassembler&) = delete;
  Reassembler& operator=(const Reassembler&) = delete;

  // The event that a record of `key` belongs to; the caller adds the record and says so:
  AuditEvent& event_for(EventKey key, Instant now);
  // May close the event, and others: the reference is not to be used any more.
  void record_added(AuditEvent& event, Instant now);

  // The socket was found empty at `drained`: closes what had been quiet too long by then, in the
  // order in which it became so. Time up to which nobody has read is not quiet, however long ago.
  void tick(Instant drained);
  // Closes everything, the oldest first.
  void flush();

  size_t in_flight() const { return by_key_.size(); }
  size_t bytes_in_flight() const { return bytes_; }
  // Least as serials go, across their wrap. Looks at each event in flight.
  std::optional<uint32_t> least_serial_in_flight() const;
  // Oldest first.
  void for_each_in_flight(const std::function<void(const AuditEvent&)>& visit) const;

 private:
  struct Slot;
  // Open events in some order, linked through themselves.
  struct Links {
    Slot* before = nullptr;
    Slot* after = nullptr;
  };
  struct List {
    explicit List(Links Slot::*through) : links(through) {}
    void append(Slot& slot);
    void remove(Slot& slot);

    Links Slot::*links;
    Slot* first = nullptr;
    Slot* last = nullptr;
  };
  struct KeyHash {
    size_t operator()(const EventKey& key) const {
      return static_cast<size_t>(key.serial * 0x9E3779B97F4A7C15ull ^
                                 static_cast<uint64_t>(key.time_ms));
    }
  };

  Slot& take_slot(EventKey key);
  void close(Slot& slot);
  List& quiet_list(const Slot& slot);

  std::function<void(AuditEvent&)> closed_;
  std::function<void(EventKey)> began_;
  using Slots = std::unordered_map<EventKey, std::unique_ptr<Slot>, KeyHash>;
  Slots by_key_;
  std::vector<Slots::node_type> pool_;
  List by_age_;
  // By their last record: events that have a SYSCALL, and others. What is due is in front.
  List calls_, others_;
  // The records of an event mostly follow each other, so this is asked first.
  Slot* recent_ = nullptr;
  size_t bytes_ = 0;
  // The last closed event of each serial modulo its size. Serials are dense, so it remembers as
  // many events as it has places, and none longer than until its place comes again.
  std::vector<EventKey> closed_keys_;
};

}  // namespace spoor::agent
