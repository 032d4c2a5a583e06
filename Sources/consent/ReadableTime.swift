internal import ConsentModel

extension Timestamp {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// To the minute, as a sentence says it: `3 March 2024 at 10:15 UTC`.
    var sentence: String {
        // The text is RFC 3339 in UTC, so that its parts stand at fixed places.
        let text = Array(description.utf8)
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        let month = Int(part(5..<7)).map { Self.months[$0 - 1] } ?? ""
        return "\(Int(part(8..<10)) ?? 0) \(month) \(part(0..<4)) at \(part(11..<16)) UTC"
    }

    /// How far it is from another, as a sentence says it: `3 hours before the send`.
    func distance(from other: Timestamp, called name: String) -> String {
        let (first, last) = (min(self, other), max(self, other))
        let length = readableDuration(last.milliseconds - first.milliseconds)
        return "\(length) \(self <= other ? "before" : "after") \(name)"
    }
}

/// A length of time in milliseconds as a sentence says it, in its largest unit: `2 hours`.
func readableDuration(_ milliseconds: UInt64) -> String {
    let seconds = milliseconds / 1000
    for (unit, size) in [("day", 86_400), ("hour", 3600), ("minute", 60)] as [(String, UInt64)] where seconds >= size {
        let count = seconds / size
        return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }
    return seconds == 1 ? "1 second" : "\(seconds) seconds"
}
