internal import ConsentModel
internal import ConsentRules

/// A time zone as a TZif file has it (RFC 8536, RFC 9636): version 2 or later, without leap seconds.
struct TimeZoneFile: Sendable {
    /// The seconds of UTC at which the offset changes, ascending.
    private let changes: [Int]
    /// The offset from each of them on.
    private let offsets: [Int]
    /// The offset before the first.
    private let first: Int
    /// What is so after the last.
    private let rule: TimeZoneRule

    /// The largest file that is read, in bytes; the largest of tzdata has 3,664.
    static let mostByteCount = 65_536

    /// `nil` for bytes that are no such file, or that do not say what is so after their last change.
    init?(parsing bytes: [UInt8]) {
        guard bytes.count <= Self.mostByteCount else { return nil }
        var reader = Reader(rest: bytes[...])
        // The first block has 32-bit times, for programs that know no other.
        guard let old = reader.header(), old.version >= UInt8(ascii: "2"), reader.take(old.byteCount(ofTime: 4)) != nil,
            let header = reader.header(), header.version == old.version, header.leapSeconds == 0, header.types > 0,
            header.characters > 0, [0, header.types].contains(header.standardIndicators),
            [0, header.types].contains(header.universalIndicators),
            let times = reader.take(8 * header.times), let indices = reader.take(header.times),
            let types = reader.take(6 * header.types), let names = reader.take(header.characters),
            let indicators = reader.take(header.standardIndicators + header.universalIndicators),
            indicators.allSatisfy({ $0 <= 1 })
        else { return nil }
        let changes = (0..<header.times).map { position in
            Int(Int64(bitPattern: Reader.bigEndian(times.dropFirst(8 * position).prefix(8))))
        }
        guard zip(changes, changes.dropFirst()).allSatisfy({ $0 < $1 }), names.last == 0 else { return nil }
        var typeOffsets: [Int] = []
        for position in 0..<header.types {
            let type = Array(types.dropFirst(6 * position).prefix(6))
            let offset = Int(Int32(truncatingIfNeeded: Reader.bigEndian(type[..<4])))
            // The bounds of RFC 9636 §3.2.
            guard -89_999...93_599 ~= offset, type[4] <= 1, type[5] < header.characters else { return nil }
            typeOffsets.append(offset)
        }
        guard indices.allSatisfy({ $0 < typeOffsets.count }), reader.take(1)?.first == UInt8(ascii: "\n"),
            reader.rest.last == UInt8(ascii: "\n"), let rule = TimeZoneRule(parsing: reader.rest.dropLast())
        else { return nil }
        self.changes = changes
        offsets = indices.map { typeOffsets[Int($0)] }
        first = typeOffsets[0]
        self.rule = rule
    }

    /// The offsets of the clock from `start` to `end`.
    func offsets(from start: Timestamp, to end: Timestamp) -> [LocalClock.Offset] {
        let (from, to) = (Int(start.milliseconds / 1000), Int(end.milliseconds / 1000))
        let years = [from, to].map { CivilDate.fromDays($0 / 86_400).year }
        let moments =
            changes.filter { from < $0 && $0 <= to }
            + (years[0] - 1...years[1] + 1).flatMap { rule.changes(inYear: $0) }.map(\.second).filter {
                from < $0 && $0 <= to && $0 > changes.last ?? .min
            }
        var found = [LocalClock.Offset(since: start, seconds: offset(at: from))]
        for moment in moments.sorted() {
            let seconds = offset(at: moment)
            guard seconds != found[found.count - 1].seconds, let since = Timestamp(milliseconds: UInt64(moment) * 1000)
            else { continue }
            found.append(LocalClock.Offset(since: since, seconds: seconds))
        }
        return found
    }

    /// Seconds east of UTC at a second of UTC.
    private func offset(at second: Int) -> Int {
        guard let last = changes.last, second < last else { return rule.offset(at: second) }
        let count = changes.partitioningIndex { $0 > second }
        return count == 0 ? first : offsets[count - 1]
    }

    /// The counts at the head of a block (RFC 9636 §3.1).
    private struct Header {
        let version: UInt8
        let universalIndicators: Int
        let standardIndicators: Int
        let leapSeconds: Int
        let times: Int
        let types: Int
        let characters: Int

        /// How long the block after it is.
        func byteCount(ofTime size: Int) -> Int {
            times * (size + 1) + types * 6 + characters + leapSeconds * (size + 4) + standardIndicators
                + universalIndicators
        }
    }

    private struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard count <= rest.count else { return nil }
            defer { rest = rest.dropFirst(count) }
            return rest.prefix(count)
        }

        mutating func header() -> Header? {
            guard let bytes = take(44), bytes.starts(with: "TZif".utf8) else { return nil }
            let counts = (0..<6).map { Int(Self.bigEndian(bytes.dropFirst(20 + 4 * $0).prefix(4))) }
            guard counts.allSatisfy({ $0 <= TimeZoneFile.mostByteCount }) else { return nil }
            return Header(
                version: bytes[bytes.startIndex + 4], universalIndicators: counts[0], standardIndicators: counts[1],
                leapSeconds: counts[2], times: counts[3], types: counts[4], characters: counts[5])
        }

        static func bigEndian(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    }
}

extension Array {
    /// How many elements come before the first that `belongsAfter`; those that do come last.
    fileprivate func partitioningIndex(where belongsAfter: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongsAfter(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
