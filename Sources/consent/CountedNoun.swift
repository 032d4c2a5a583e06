/// A number and what there are so many of: `1 row`, `2 rows`; `plural` where it is not made with an s.
func counted(_ count: some BinaryInteger, _ noun: String, plural: String? = nil) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(plural ?? noun + "s")"
}
