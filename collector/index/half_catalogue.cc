#include "collector/index/half_catalogue.h"

#include <map>

namespace spoor::collector {

const char* const kHalfTables = R"(
  CREATE TABLE waiting(process TEXT NOT NULL, is_end INTEGER NOT NULL, exec INTEGER NOT NULL,
    failed INTEGER NOT NULL, block INTEGER NOT NULL, row INTEGER NOT NULL, exit INTEGER NOT NULL,
    signal INTEGER NOT NULL, PRIMARY KEY(process, is_end)) STRICT, WITHOUT ROWID;
  CREATE TABLE halves(block INTEGER NOT NULL, seal INTEGER NOT NULL, found TEXT NOT NULL) STRICT;
  CREATE INDEX halves_by_block ON halves(block, seal);
)";

namespace {

int64_t number(uint64_t value) { return static_cast<int64_t>(value); }

class HalfWriter {
 public:
  explicit HalfWriter(Database& database) : database_(database) {}

  Status add(uint64_t block, const CommandHalf& half);
  Status write(uint64_t seal_number);

 private:
  Status forget(const CommandHalf& half, bool is_end) {
    return database_.run("DELETE FROM waiting WHERE process = ? AND is_end = ?",
                         {half.process, int64_t{is_end}});
  }
  Status keep(uint64_t block, const CommandHalf& half);

  Database& database_;
  std::map<uint64_t, HalvesElsewhere> found_;  // by block
};

Status HalfWriter::add(uint64_t block, const CommandHalf& half) {
  ASSIGN_OR_RETURN(const std::optional<WaitingHalf> other, waiting_for(database_, half));
  if (!other) return keep(block, half);
  const BlockRow here{block, half.row};
  const BlockRow& start = half.is_end ? other->at : here;
  const BlockRow& end = half.is_end ? here : other->at;
  const bool failed = half.is_end ? other->failed : half.failed;
  if (!failed) {
    found_[start.block].ends.push_back({start.row, half.is_end ? half.exit : other->exit,
                                        half.is_end ? half.signal : other->signal, end});
  }
  found_[end.block].joined_ends.push_back(end.row);
  return forget(half, !half.is_end);
}

// A start takes the place of what waited before it, but none that failed of one that runs; of ends
// without a start the first one stays.
Status HalfWriter::keep(uint64_t block, const CommandHalf& half) {
  const std::vector<Value> values{half.process,       int64_t{half.is_end}, number(half.exec),
                                  int64_t{half.failed}, number(block),      int64_t{half.row},
                                  number(half.exit),  number(half.signal)};
  if (!half.is_end && !half.failed)
    return database_.run("INSERT OR REPLACE INTO waiting VALUES(?,?,?,?,?,?,?,?)", values);
  if (half.is_end && !half.is_known_by_birth) return ok();
  // What has ended, or failed later, stands for it.
  RETURN_IF_ERROR(database_.run(
      "DELETE FROM waiting WHERE process = ? AND is_end = 0 AND failed >= ?",
      {half.process, int64_t{!half.is_end}}));
  return database_.run("INSERT OR IGNORE INTO waiting VALUES(?,?,?,?,?,?,?,?)", values);
}

Status HalfWriter::write(uint64_t seal_number) {
  for (auto& [block, halves] : found_) {
    halves.sort();
    RETURN_IF_ERROR(database_.run("INSERT INTO halves(block, seal, found) VALUES(?, ?, ?)",
                                  {number(block), number(seal_number), encode_halves(halves)}));
  }
  return ok();
}

}  // namespace

Status write_halves(Database& database, uint64_t seal_number, const BlockHalves& blocks) {
  HalfWriter writer(database);
  for (const auto& [block, halves] : blocks) {
    for (const CommandHalf& half : halves) RETURN_IF_ERROR(writer.add(block, half));
  }
  return writer.write(seal_number);
}

Result<HalvesElsewhere> read_halves(Database& database, uint64_t block) {
  HalvesElsewhere out;
  Status status;
  RETURN_IF_ERROR(database.run("SELECT found FROM halves WHERE block = ? ORDER BY seal",
                               {number(block)}, [&](const DatabaseRow& row) {
                                 if (status.is_ok()) status = decode_halves(row.text(0), out);
                               }));
  RETURN_IF_ERROR(status);
  out.sort();
  return out;
}

Result<std::optional<WaitingHalf>> waiting_for(Database& database, const CommandHalf& half) {
  std::optional<WaitingHalf> out;
  RETURN_IF_ERROR(database.run(
      "SELECT exec, failed, block, row, exit, signal FROM waiting "
      "WHERE process = ? AND is_end = ?",
      {half.process, int64_t{!half.is_end}}, [&](const DatabaseRow& row) {
        const auto of = [&](int column) { return static_cast<uint64_t>(row.integer(column)); };
        if (of(0) != half.exec || of(3) >= kIndexBlockRowsMax) return;
        out = {of(0), of(1) != 0, {of(2), static_cast<uint32_t>(of(3))}, of(4), of(5)};
      }));
  return out;
}

}  // namespace spoor::collector
