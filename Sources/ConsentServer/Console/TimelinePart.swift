internal import ConsentRules

/// Which of a person's records a page has, so that it stays one that a browser can show: the newest, unless older ones are
/// asked for.
struct TimelinePart: Sendable {
    /// The most records of one page.
    static let mostRecords = 200

    /// Those shown, in the order of the log.
    let shown: ArraySlice<ContactTimeline.Entry>
    /// How many there are.
    let count: Int
    /// The record before which the next older ones end; `nil` where there are none.
    let older: UInt64?
    /// Where the next newer ones end: before a record, or at the end of all; `nil` where there are none.
    let newer: End?

    enum End: Sendable {
        case before(UInt64)
        case all

        var index: UInt64? {
            switch self {
            case .before(let index): index
            case .all: nil
            }
        }
    }

    /// `entries` are in the order of the log; with `before`, those of a smaller index.
    init(_ entries: [ContactTimeline.Entry], before: UInt64?) {
        let end = before.map { before in entries.prefix { $0.index < before }.count } ?? entries.count
        shown = entries[..<end].suffix(Self.mostRecords)
        count = entries.count
        older = shown.startIndex > 0 ? shown.first?.index : nil
        let next = end + Self.mostRecords
        if end == entries.count {
            newer = nil
        } else {
            newer = next < entries.count ? .before(entries[next].index) : .all
        }
    }

    /// Whether there are others.
    var isPart: Bool { shown.count < count }
}
