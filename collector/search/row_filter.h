// A query's tree, made for a table: which of its pages can have rows that are wanted, and which
// rows of a page are. Texts are looked for once, when it is made, and only where what costs less
// leaves any page. One thread.
#pragma once

#include <span>
#include <vector>

#include "collector/language/query.h"
#include "collector/search/field_tests.h"

namespace spoor::collector {

class RowFilter {
 public:
  // Of each page whether it counts at all.
  using Pages = std::vector<bool>;

  // `pages`: those that are asked of. Both must outlive it.
  static Result<RowFilter> make(const Query& query, const RowTable& table, const Outside& outside,
                                Pages pages);

  // Those of the pages that can have rows that are wanted.
  const Pages& pages() const { return pages_; }
  // All rows of a page, as far as its ranges tell.
  bool wants_all(const RowTable& table, size_t page) const {
    return can_answer(root_, table, page) == set_of(Answer::yes);
  }
  // Of a page: whether its rows from `begin` on are wanted.
  Status answer(const PageLook& look, size_t begin, std::span<Answer> answers) {
    return answer(root_, look, begin, answers);
  }

 private:
  struct Node {
    Expression::Kind kind = Expression::Kind::all;
    std::vector<FieldTests> test;  // one, of a test
    std::vector<Node> parts;
  };
  class Maker;

  RowFilter() = default;
  static AnswerSet can_answer(const Node& node, const RowTable& table, size_t page);
  static Status answer(Node& node, const PageLook& look, size_t begin, std::span<Answer> answers);

  Node root_;
  Pages pages_;
};

}  // namespace spoor::collector
