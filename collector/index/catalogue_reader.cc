#include "collector/index/catalogue_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "collector/index/event_use.h"
#include "collector/index/session_part_bytes.h"
#include "collector/index/limits.h"

namespace spoor::collector {

namespace {

std::string text(const Id& id) { return std::string(as_text(id)); }

LossPlace loss_of(const DatabaseRow& row) {
  return {from_ordered(row.integer(0)), static_cast<uint64_t>(row.integer(1)),
          static_cast<uint64_t>(row.integer(2)), row.integer(3) != 0, row.integer(4) != 0};
}

// A loss between two epochs is told in the later one.
int64_t behind(uint64_t epoch) {
  return ordered(epoch == std::numeric_limits<uint64_t>::max() ? epoch : epoch + 1);
}

Status decode(const DatabaseRow& row, bool with_summary, SessionPart& out) {
  RETURN_IF_ERROR(decode_place(row.text(0), out));
  if (!with_summary) return ok();
  RETURN_IF_ERROR(decode_told(row.text(1), out));
  return decode_sums(row.text(2), out);
}

}  // namespace

Result<CatalogueReader> CatalogueReader::open(const std::string& path) {
  ASSIGN_OR_RETURN(Database database, Database::open_to_read(path));
  return CatalogueReader(std::move(database));
}

// The first question is what fixes the state.
Result<uint64_t> CatalogueReader::begin() {
  RETURN_IF_ERROR(database_.run("BEGIN"));
  uint64_t out = 0;
  RETURN_IF_ERROR(database_.run("SELECT coalesce(max(seal), 0) FROM seals", {},
                                [&](const DatabaseRow& row) {
                                  out = static_cast<uint64_t>(row.integer(0));
                                }));
  return out;
}

void CatalogueReader::end() {
  if (const Status ended = database_.run("COMMIT"); !ended.is_ok()) return;
}

Result<std::vector<Index::After>> CatalogueReader::starts(const std::optional<Index::After>& after,
                                                          size_t limit) {
  std::vector<Index::After> out;
  const auto add = [&](const DatabaseRow& row) {
    const auto uid = id_of(row.text(2));
    if (uid) out.push_back({newest_first(row.integer(0)), {row.text(1), *uid}});
  };
  const auto most = static_cast<int64_t>(limit);
  const Status status =
      after ? database_.run("SELECT newest, agent, uid FROM starts "
                            "WHERE (newest, agent, uid) > (?, ?, ?) "
                            "ORDER BY newest, agent, uid LIMIT ?",
                            {newest_first(after->first_ns), after->key.agent,
                             text(after->key.session_uid), most}, add)
            : database_.run("SELECT newest, agent, uid FROM starts "
                            "ORDER BY newest, agent, uid LIMIT ?", {most}, add);
  RETURN_IF_ERROR(status);
  return out;
}

Result<std::vector<SessionKey>> CatalogueReader::keys(std::string_view sql,
                                                      const std::vector<Value>& values) {
  std::vector<SessionKey> out;
  RETURN_IF_ERROR(database_.run(sql, values, [&](const DatabaseRow& row) {
    if (const auto uid = id_of(row.text(1))) out.push_back({row.text(0), *uid});
  }));
  return out;
}

Result<std::vector<SessionKey>> CatalogueReader::keys_of(const Id& session_uid) {
  return keys("SELECT DISTINCT agent, uid FROM parts WHERE uid = ?", {text(session_uid)});
}
Result<std::vector<SessionKey>> CatalogueReader::keys_named(const std::string& agent,
                                                            uint32_t ses) {
  return keys("SELECT DISTINCT agent, uid FROM parts WHERE agent = ? AND ses = ? AND ses <> 0",
              {agent, ses});
}
Result<std::vector<SessionKey>> CatalogueReader::managers_of(const std::string& agent,
                                                             uint32_t ses) {
  return keys("SELECT agent, uid FROM managers WHERE agent = ? AND ses = ?", {agent, ses});
}

Result<std::optional<SessionPart>> CatalogueReader::session(const SessionKey& key,
                                                            bool with_summary, Missing& missing) {
  std::optional<SessionPart> out;
  const auto add = [&](const DatabaseRow& row) {
    SessionPart part;
    if (const Status status = decode(row, with_summary, part); !status.is_ok()) {
      missing.add(0, status);
    } else {
      part.row.key = key;
      if (out) out->add(part);
      else out = std::move(part);
    }
  };
  RETURN_IF_ERROR(database_.run(
      "SELECT place, told, sums FROM parts WHERE uid = ? AND agent = ? ORDER BY seal",
      {text(key.session_uid), key.agent}, add));
  return out;
}

Result<EpochBoots> CatalogueReader::boots(const std::string& agent, uint64_t first_epoch,
                                     uint64_t last_epoch) {
  EpochBoots out;
  const auto add = [&](const DatabaseRow& row) {
    if (const auto boot = id_of(row.text(1))) out.emplace(from_ordered(row.integer(0)), *boot);
  };
  RETURN_IF_ERROR(
      database_.run("SELECT epoch, boot FROM boots WHERE agent = ? AND epoch BETWEEN ? AND ?",
                    {agent, ordered(first_epoch), ordered(last_epoch)}, add));
  RETURN_IF_ERROR(database_.run(
      "SELECT epoch, boot FROM boots WHERE agent = ? ORDER BY epoch DESC LIMIT 1", {agent}, add));
  return out;
}

Result<std::vector<LossPlace>> CatalogueReader::losses(const std::string& agent,
                                                       uint64_t first_epoch, uint64_t last_epoch) {
  std::vector<LossPlace> out;
  RETURN_IF_ERROR(database_.run("SELECT epoch, before, after, claimed, incomplete FROM losses "
                                "WHERE agent = ? AND epoch BETWEEN ? AND ?",
                                {agent, ordered(first_epoch), behind(last_epoch)},
                                [&](const DatabaseRow& row) { out.push_back(loss_of(row)); }));
  return out;
}

Result<std::vector<IndexedEvent>> CatalogueReader::loss_events(const std::string& agent,
                                                               const SessionPart& part,
                                                               Missing& missing) {
  std::vector<IndexedEvent> out;
  const auto add = [&](const DatabaseRow& row) {
    if (!part.is_touched_by(loss_of(row))) return;
    Result<IndexedEvent> event = decode_event(row.text(5));
    if (event.is_ok()) out.push_back(std::move(event).value());
    else missing.add(1, event.status());
  };
  RETURN_IF_ERROR(database_.run(
      "SELECT epoch, before, after, claimed, incomplete, event FROM losses "
      "WHERE agent = ? AND epoch BETWEEN ? AND ? ORDER BY loss",
      {agent, ordered(part.epochs.begin()->first), behind(part.epochs.rbegin()->first)}, add));
  return out;
}

Result<std::optional<SealedBlock>> CatalogueReader::block(uint64_t number) {
  std::optional<SealedBlock> out;
  RETURN_IF_ERROR(database_.run("SELECT class, rows FROM blocks WHERE block = ?",
                                {static_cast<int64_t>(number)}, [&](const DatabaseRow& row) {
                                  out.emplace();
                                  out->number = number;
                                  out->event_class = static_cast<EventClass>(row.integer(0));
                                  out->rows = static_cast<uint64_t>(row.integer(1));
                                }));
  return out;
}

Result<std::vector<SealedBlock>> CatalogueReader::blocks() {
  std::vector<SealedBlock> out;
  RETURN_IF_ERROR(database_.run(
      "SELECT block, class, rows, least_ms, greatest_ms FROM blocks ORDER BY block", {},
      [&](const DatabaseRow& row) {
        const auto of = [&](int column) { return static_cast<uint64_t>(row.integer(column)); };
        SealedBlock& block = out.emplace_back();
        block.number = of(0);
        block.event_class = static_cast<EventClass>(of(1));
        block.rows = of(2);
        block.least_ms = of(3);
        block.greatest_ms = of(4);
      }));
  return out;
}

Result<std::unique_ptr<CatalogueReader>> CatalogueReaders::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!waiting_.empty()) {
      std::unique_ptr<CatalogueReader> out = std::move(waiting_.back());
      waiting_.pop_back();
      return out;
    }
  }
  ASSIGN_OR_RETURN(CatalogueReader opened, CatalogueReader::open(path_));
  return std::make_unique<CatalogueReader>(std::move(opened));
}

void CatalogueReaders::give_back(std::unique_ptr<CatalogueReader> reader) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() < kCatalogueReadersMax) waiting_.push_back(std::move(reader));
}

}  // namespace spoor::collector
