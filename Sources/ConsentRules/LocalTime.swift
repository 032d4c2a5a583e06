public import ConsentModel

/// What a clock on a person's wall shows.
struct LocalTime {
    /// 1 Monday to 7 Sunday.
    let weekday: Int
    let millisecondOfDay: Int

    static let day = 86_400_000
    static let minute = 60_000
}

extension LocalClock {
    /// Its offset from UTC at a moment, in seconds; `nil` where it is not known.
    public func offset(at time: Timestamp) -> Int? {
        (offsets.last { $0.since <= time } ?? offsets.first)?.seconds
    }

    /// What it shows at a moment; `nil` where the offset is not known.
    func reading(at time: Timestamp) -> LocalTime? {
        guard let offset = offset(at: time) else { return nil }
        let local = Int(time.milliseconds) + offset * 1000
        let inDay = (local % LocalTime.day + LocalTime.day) % LocalTime.day
        let days = (local - inDay) / LocalTime.day
        // 1970-01-01 was a Thursday.
        return LocalTime(weekday: ((days + 3) % 7 + 7) % 7 + 1, millisecondOfDay: inDay)
    }

    /// When its offset changes next.
    func nextChange(after time: Timestamp) -> Timestamp? { offsets.dropFirst().first { $0.since > time }?.since }
}

extension RuleEffect.AllowedHours {
    /// Whether every moment is among them.
    var isAlways: Bool { from == 0 && until == 1440 && Set(weekdays).isSuperset(of: 1...7) }

    func contains(_ reading: LocalTime) -> Bool {
        weekdays.contains(reading.weekday)
            && (from * LocalTime.minute..<until * LocalTime.minute).contains(reading.millisecondOfDay)
    }

    /// The first moment from `time` on, and at most at `last`, at which `clock` shows one of them.
    func beginning(from time: Timestamp, by clock: LocalClock, last: Timestamp) -> Timestamp? {
        var time = time
        while time <= last, let reading = clock.reading(at: time) {
            if contains(reading) { return time }
            let waits = (0...7).compactMap { days -> Int? in
                let wait = days * LocalTime.day + from * LocalTime.minute - reading.millisecondOfDay
                return wait > 0 && weekdays.contains((reading.weekday - 1 + days) % 7 + 1) ? wait : nil
            }
            guard let wait = waits.first else { return nil }
            let next = time.adding(milliseconds: UInt64(wait))
            time = min(next, clock.nextChange(after: time) ?? next)
        }
        return nil
    }

    /// The first moment after `time`, and at most at `last`, at which `clock` no longer shows one of them.
    func end(after time: Timestamp, by clock: LocalClock, last: Timestamp) -> Timestamp? {
        var time = time
        while time <= last, let reading = clock.reading(at: time) {
            guard contains(reading) else { return time }
            let next = time.adding(milliseconds: UInt64(until * LocalTime.minute - reading.millisecondOfDay))
            time = min(next, clock.nextChange(after: time) ?? next)
        }
        return nil
    }
}

extension [RuleEffect.AllowedHours] {
    /// The first moment from `start` on, and at most at `last`, that is among all of them by every clock.
    func beginning(from start: Timestamp, by clocks: [LocalClock], last: Timestamp) -> Timestamp? {
        var time = start
        while time <= last {
            let before = time
            for allowed in self {
                for clock in clocks {
                    guard let next = allowed.beginning(from: time, by: clock, last: last) else { return nil }
                    time = next
                }
            }
            if time == before { return time }
        }
        return nil
    }
}
