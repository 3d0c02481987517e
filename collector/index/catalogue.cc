#include "collector/index/catalogue.h"

#include <algorithm>

#include "collector/index/session_part_bytes.h"

namespace spoor::collector {

namespace {

// Bytes are TEXT here, as everywhere behind this door: nothing reads them as characters. Numbers
// that may have all 64 bits, and are compared, are `ordered`.
constexpr const char* kTables = R"(
  CREATE TABLE log(id TEXT NOT NULL, generation INTEGER NOT NULL) STRICT;
  CREATE TABLE seals(seal INTEGER PRIMARY KEY, entry INTEGER NOT NULL, events INTEGER NOT NULL)
    STRICT;
  CREATE TABLE blocks(block INTEGER PRIMARY KEY, seal INTEGER NOT NULL, class INTEGER NOT NULL,
    rows INTEGER NOT NULL, bytes INTEGER NOT NULL, least_ms INTEGER NOT NULL,
    greatest_ms INTEGER NOT NULL, first_entry INTEGER NOT NULL, last_entry INTEGER NOT NULL) STRICT;
  CREATE TABLE parts(uid TEXT NOT NULL, agent TEXT NOT NULL, seal INTEGER NOT NULL,
    ses INTEGER NOT NULL, first_ns INTEGER NOT NULL, place TEXT NOT NULL, told TEXT NOT NULL,
    sums TEXT NOT NULL) STRICT;
  CREATE UNIQUE INDEX parts_by_session ON parts(uid, agent, seal);
  CREATE INDEX parts_by_name ON parts(agent, ses) WHERE ses <> 0;
  CREATE TABLE starts(newest INTEGER NOT NULL, agent TEXT NOT NULL, uid TEXT NOT NULL,
    PRIMARY KEY(newest, agent, uid)) STRICT, WITHOUT ROWID;
  CREATE TABLE managers(agent TEXT NOT NULL, ses INTEGER NOT NULL, uid TEXT NOT NULL,
    PRIMARY KEY(agent, ses, uid)) STRICT, WITHOUT ROWID;
  CREATE TABLE boots(agent TEXT NOT NULL, epoch INTEGER NOT NULL, boot TEXT NOT NULL,
    PRIMARY KEY(agent, epoch)) STRICT, WITHOUT ROWID;
  CREATE TABLE losses(loss INTEGER PRIMARY KEY, agent TEXT NOT NULL, epoch INTEGER NOT NULL,
    before INTEGER NOT NULL, after INTEGER NOT NULL, claimed INTEGER NOT NULL,
    incomplete INTEGER NOT NULL, event TEXT NOT NULL) STRICT;
  CREATE INDEX losses_by_place ON losses(agent, epoch, before, after, claimed, incomplete);
  CREATE TABLE history(kind INTEGER NOT NULL, number INTEGER NOT NULL, whose TEXT NOT NULL,
    event TEXT NOT NULL, PRIMARY KEY(kind, number)) STRICT;
  CREATE TABLE marks(stream TEXT PRIMARY KEY, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
    "order" INTEGER NOT NULL) STRICT, WITHOUT ROWID;
)";
const char* const kSteps[] = {kTables, kHalfTables};

int64_t number(uint64_t value) { return static_cast<int64_t>(value); }
std::string text(const Id& id) { return std::string(as_text(id)); }

Result<SealedBlock> block_of(const DatabaseRow& row) {
  SealedBlock out;
  const int64_t event_class = row.integer(1);
  if (event_class < 1 || event_class > static_cast<int64_t>(kEventClasses))
    return corrupt("index: a block of no class");
  out.number = static_cast<uint64_t>(row.integer(0));
  out.event_class = static_cast<EventClass>(event_class);
  out.rows = static_cast<uint64_t>(row.integer(2));
  return out;
}

Result<HistoryEvent> history_of(const DatabaseRow& row) {
  HistoryEvent out;
  out.kind = static_cast<HistoryKind>(row.integer(0));
  out.number = static_cast<uint64_t>(row.integer(1));
  out.whose = row.text(2);
  ASSIGN_OR_RETURN(out.event, decode_event(row.text(3)));
  return out;
}

Result<StreamMark> mark_of(const DatabaseRow& row) {
  StreamMark out;
  const std::string stream = row.text(0);
  if (stream.size() != out.stream.size()) return corrupt("index: a mark of no stream");
  std::ranges::copy(as_bytes(stream), out.stream.begin());
  out.epoch = static_cast<uint64_t>(row.integer(1));
  out.sequence = static_cast<uint64_t>(row.integer(2));
  out.order = static_cast<uint64_t>(row.integer(3));
  return out;
}

// All rows of a question, each made by `make`.
template <typename T>
Status read_all(Database& database, std::string_view sql, Result<T> (*make)(const DatabaseRow&),
                std::vector<T>& out) {
  Status status;
  RETURN_IF_ERROR(database.run(sql, {}, [&](const DatabaseRow& row) {
    if (!status.is_ok()) return;
    Result<T> made = make(row);
    if (made.is_ok()) out.push_back(std::move(made).value());
    else status = made.status();
  }));
  return status;
}

}  // namespace

// What is written is brought into the file by tidy_up(), not while others wait for a commit.
Result<Catalogue> Catalogue::open(const std::string& path, const LogName& log) {
  ASSIGN_OR_RETURN(Database database, Database::open(path, kSteps));
  RETURN_IF_ERROR(database.run("PRAGMA wal_autocheckpoint=0"));
  Catalogue out(std::move(database));
  RETURN_IF_ERROR(out.check_log(log));
  return out;
}

// A log of a later generation came back older than it was: its numbers are other entries' now.
Status Catalogue::check_log(const LogName& log) {
  bool is_new = true, is_same = false;
  RETURN_IF_ERROR(database_.run("SELECT id, generation FROM log", {}, [&](const auto& row) {
    is_new = false;
    is_same = row.text(0) == as_text(log.id) && row.integer(1) == number(log.generation);
  }));
  if (is_new)
    return database_.run("INSERT INTO log(id, generation) VALUES(?, ?)",
                         {text(log.id), number(log.generation)});
  return is_same ? ok() : corrupt("it is of another log, or of one that was older");
}

Status Catalogue::tidy_up() { return database_.run("PRAGMA wal_checkpoint(PASSIVE)"); }

Result<Catalogue::Known> Catalogue::known() {
  Known out;
  RETURN_IF_ERROR(database_.run("SELECT seal, entry, events FROM seals ORDER BY seal DESC LIMIT 1",
                                {}, [&](const DatabaseRow& row) {
                                  out.seals = static_cast<uint64_t>(row.integer(0));
                                  out.position.entry = static_cast<uint64_t>(row.integer(1));
                                  out.events_total = static_cast<uint64_t>(row.integer(2));
                                }));
  RETURN_IF_ERROR(read_all(database_, "SELECT block, class, rows FROM blocks ORDER BY block",
                           block_of, out.blocks));
  RETURN_IF_ERROR(read_all(database_,
                           "SELECT kind, number, whose, event FROM history ORDER BY kind, number",
                           history_of, out.history));
  RETURN_IF_ERROR(read_all(database_, R"(SELECT stream, epoch, sequence, "order" FROM marks)",
                           mark_of, out.marks));
  return out;
}

Result<std::optional<int64_t>> Catalogue::first_ns_of(const SessionKey& key) {
  std::optional<int64_t> out;
  RETURN_IF_ERROR(database_.run("SELECT first_ns FROM parts WHERE uid = ? AND agent = ?",
                                {text(key.session_uid), key.agent}, [&](const DatabaseRow& row) {
                                  out = std::min(out.value_or(row.integer(0)), row.integer(0));
                                }));
  return out;
}

Status Catalogue::write(uint64_t seal_number, const Seal& seal,
                        const std::function<void()>& before_commit) {
  return database_.transaction([&]() -> Status {
    RETURN_IF_ERROR(
        database_.run("INSERT INTO seals(seal, entry, events) VALUES(?, ?, ?)",
                      {number(seal_number), number(seal.position.entry),
                       number(seal.events_total)}));
    RETURN_IF_ERROR(write_blocks(seal_number, seal));
    for (const SealedPart& part : seal.parts) RETURN_IF_ERROR(write_part(seal_number, part));
    RETURN_IF_ERROR(write_rest(seal));
    RETURN_IF_ERROR(write_halves(database_, seal_number, seal.halves));
    before_commit();
    return ok();
  });
}

Status Catalogue::write_blocks(uint64_t seal_number, const Seal& seal) {
  for (const SealedBlock& block : seal.blocks) {
    RETURN_IF_ERROR(database_.run(
        "INSERT INTO blocks(block, seal, class, rows, bytes, least_ms, greatest_ms, first_entry, "
        "last_entry) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {number(block.number), number(seal_number), static_cast<int64_t>(block.event_class),
         number(block.rows), number(block.bytes), number(block.least_ms),
         number(block.greatest_ms), number(block.first_entry), number(block.last_entry)}));
  }
  return ok();
}

// A session that is found to have begun earlier is in its new place alone.
Status Catalogue::write_part(uint64_t seal_number, const SealedPart& sealed) {
  const std::string uid = text(sealed.key.session_uid);
  const std::string& agent = sealed.key.agent;
  const int64_t first_ns = sealed.part->row.first_ns;
  SessionPartBytes bytes = encode_part(*sealed.part, sealed.rows);
  RETURN_IF_ERROR(database_.run(
      "INSERT INTO parts(uid, agent, seal, ses, first_ns, place, told, sums) "
      "VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
      {uid, agent, number(seal_number), sealed.part->row.ses, first_ns, std::move(bytes.place),
       std::move(bytes.told), std::move(bytes.sums)}));
  for (const uint32_t login : *sealed.logins) {
    RETURN_IF_ERROR(database_.run("INSERT OR IGNORE INTO managers(agent, ses, uid) VALUES(?, ?, ?)",
                                  {agent, login, uid}));
  }
  const std::optional<int64_t> before = sealed.sealed_first_ns;
  if (before && *before <= first_ns) return ok();
  if (before) {
    RETURN_IF_ERROR(database_.run("DELETE FROM starts WHERE newest = ? AND agent = ? AND uid = ?",
                                  {newest_first(*before), agent, uid}));
  }
  return database_.run("INSERT INTO starts(newest, agent, uid) VALUES(?, ?, ?)",
                       {newest_first(first_ns), agent, uid});
}

Status Catalogue::write_rest(const Seal& seal) {
  for (const auto& [agent, boots] : seal.boots) {
    for (const auto& [epoch, boot] : boots) {
      RETURN_IF_ERROR(database_.run("INSERT OR IGNORE INTO boots(agent, epoch, boot) "
                                    "VALUES(?, ?, ?)", {agent, ordered(epoch), text(boot)}));
    }
  }
  for (const IndexedEvent& loss : seal.losses) {
    const LossPlace place = place_of_loss(loss);
    RETURN_IF_ERROR(database_.run(
        "INSERT INTO losses(agent, epoch, before, after, claimed, incomplete, event) "
        "VALUES(?, ?, ?, ?, ?, ?, ?)",
        {loss.agent, ordered(place.epoch), number(place.before), number(place.after),
         int64_t{place.is_claimed}, int64_t{place.is_incomplete}, encode_event(loss)}));
  }
  for (const HistoryEvent& event : seal.history) {
    RETURN_IF_ERROR(database_.run("INSERT INTO history(kind, number, whose, event) "
                                  "VALUES(?, ?, ?, ?)",
                                  {static_cast<int64_t>(event.kind), number(event.number),
                                   event.whose, encode_event(event.event)}));
  }
  for (const auto& [kind, left_out] : seal.left_out) {
    RETURN_IF_ERROR(database_.run("DELETE FROM history WHERE kind = ? AND number = ?",
                                  {static_cast<int64_t>(kind), number(left_out)}));
  }
  for (const StreamMark& mark : seal.marks) {
    RETURN_IF_ERROR(database_.run(
        R"(INSERT OR REPLACE INTO marks(stream, epoch, sequence, "order") VALUES(?, ?, ?, ?))",
        {text(mark.stream), number(mark.epoch), number(mark.sequence), number(mark.order)}));
  }
  return ok();
}

}  // namespace spoor::collector
