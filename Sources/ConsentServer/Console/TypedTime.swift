internal import ConsentModel

/// A time as people type it: as the pages write times, or as RFC 3339 does.
enum TypedTime {
    /// A day, `2024-03-03`, which is one in UTC; with a time, `2024-03-03 10:15`, a minute; with seconds, `2024-03-03 10:15:30`.
    /// What has a time is in UTC, or in the offset behind it: `2024-03-03 10:15 +01:00`. `nil` for anything else.
    static func parse(_ text: String) -> OccurredAt? {
        let text = Self.text(Array(text.utf8)[...])
        let (day, rest) = (text.prefix(10), text.dropFirst(10))
        guard let first = rest.first else { return read(day) }
        guard first == UInt8(ascii: " ") || first == UInt8(ascii: "T") else { return nil }
        let clock = rest.dropFirst().prefix { $0 != UInt8(ascii: " ") && !"Z+-U".utf8.contains($0) }
        let zone = Self.text(rest.dropFirst(1 + clock.count))
        let isOfUTC = zone.isEmpty || zone.elementsEqual("UTC".utf8)
        let isMinute = clock.count == "10:15".utf8.count
        var whole = day
        whole.append(UInt8(ascii: "T"))
        whole.append(contentsOf: clock)
        if isMinute { whole.append(contentsOf: ":00".utf8) }
        if isOfUTC { whole.append(UInt8(ascii: "Z")) } else { whole.append(contentsOf: zone) }
        let time = read(whole)
        return isMinute ? time.flatMap { OccurredAt(start: $0.start, precision: 60_000) } : time
    }

    /// Without blanks at its ends.
    private static func text(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = bytes
        while text.first == UInt8(ascii: " ") { text.removeFirst() }
        while text.last == UInt8(ascii: " ") { text.removeLast() }
        return text
    }

    private static func read(_ text: ArraySlice<UInt8>) -> OccurredAt? {
        try? OccurredAt(parsing: String(decoding: text, as: UTF8.self))
    }
}
