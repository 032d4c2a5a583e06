public import ConsentModel
public import ConsentRules
internal import LedgerStorage
internal import Synchronization

/// The time zones of the world's countries, from the system's tzdata: `zone1970.tab` names them, a TZif file has each.
/// What is missing or cannot be read is a zone that is not known: then no clock of its country is.
public final class TimeZoneTable: Sendable {
    /// Debian's, and nearly everyone's.
    public static let system = TimeZoneTable(directory: "/usr/share/zoneinfo")

    private struct Cache {
        /// The names of the zones of each country; `nil` before the table was read.
        var names: [String: [String]]?
        /// The zones that were read.
        var zones: [String: TimeZoneFile] = [:]
        /// The clocks around the moment asked about last.
        var clocks: [[String]: [LocalClock]] = [:]
        var moment: Timestamp?
    }

    private let storage: DirectoryStorage?
    private let cache = Mutex(Cache())

    private static let mostTableByteCount = 1 << 20
    /// What a clock covers of the time before and after the moment asked about: a week of waiting, and a day on each side.
    private static let before = 8 * OccurredAt.day
    private static let after = 15 * OccurredAt.day
    /// Places that libphonenumber tells from the country whose zone they keep, and ISO 3166-1 does not: Kosovo, Ascension
    /// and Tristan da Cunha.
    private static let withoutOwnRow = ["XK": "RS", "AC": "SH", "TA": "SH"]

    /// The table in a directory like `/usr/share/zoneinfo`; without it, no zone is known.
    public init(directory: String) {
        storage = try? DirectoryStorage(root: directory)
    }

    /// The clocks of countries (ISO 3166-1 alpha-2) around a moment, each once; none if one of them is not known.
    func clocks(of countries: [String], at time: Timestamp) -> [LocalClock] {
        cache.withLock { cache in
            if cache.moment != time {
                cache.moment = time
                cache.clocks = [:]
            }
            if let clocks = cache.clocks[countries] { return clocks }
            let clocks = makeClocks(of: countries, at: time, &cache)
            cache.clocks[countries] = clocks
            return clocks
        }
    }

    private func makeClocks(of countries: [String], at time: Timestamp, _ cache: inout Cache) -> [LocalClock] {
        let table = cache.names ?? names()
        cache.names = table
        var clocks: [LocalClock] = []
        for country in countries {
            guard let names = table[Self.withoutOwnRow[country] ?? country] else { return [] }
            for name in names {
                guard let zone = cache.zones[name] ?? zone(name) else { return [] }
                cache.zones[name] = zone
                let offsets = zone.offsets(
                    from: time.subtracting(milliseconds: Self.before), to: time.adding(milliseconds: Self.after))
                if !clocks.contains(where: { $0.offsets == offsets }) {
                    clocks.append(LocalClock(name: name, offsets: offsets))
                }
            }
        }
        return clocks
    }

    private func zone(_ name: String) -> TimeZoneFile? {
        bytes(name, most: TimeZoneFile.mostByteCount).flatMap { TimeZoneFile(parsing: $0) }
    }

    /// The zones of each country, in the order of the table, which has the more populous first. A line is countries with
    /// commas, a tab, coordinates, a tab, a name, perhaps a tab and a comment.
    private func names() -> [String: [String]] {
        var names: [String: [String]] = [:]
        for line in bytes("zone1970.tab", most: Self.mostTableByteCount)?.split(separator: UInt8(ascii: "\n")) ?? []
        where line.first != UInt8(ascii: "#") {
            let columns = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            guard columns.count >= 3 else { return [:] }
            for country in columns[0].split(separator: UInt8(ascii: ",")) {
                names[String(decoding: country, as: UTF8.self), default: []].append(
                    String(decoding: columns[2], as: UTF8.self))
            }
        }
        return names
    }

    private func bytes(_ name: String, most: Int) -> [UInt8]? {
        guard let path = try? StoragePath(name) else { return nil }
        return try? storage?.read(path, from: 0, count: most + 1).flatMap { $0.count <= most ? $0 : nil }
    }
}

extension Recipient {
    /// What an address tells of where its person is, around a moment: the country of a phone number or a WhatsApp user
    /// id, and the clocks of all of its time zones. Numbers do not tell where within a country their person is, and mobile
    /// ones in North America not even by their area code, so that a rule about hours has to hold by each of these clocks.
    /// Where several countries share the calling code and the number does not tell which, the country is not known and
    /// the clocks are those of all. An e-mail address tells nothing.
    public init(of address: ContactAddress, at time: Timestamp, zones: TimeZoneTable = .system) {
        let countries = address.countries
        self.init(
            country: countries.count == 1 ? countries[0] : nil, clocks: zones.clocks(of: countries, at: time))
    }
}

extension RulePack {
    /// The hours of its rules that nobody in a country ever has, from `time` on, by the clocks of the countries' time
    /// zones. Of a country whose time zones are not known nothing is said.
    public func unsharedHours(from time: Timestamp, zones: TimeZoneTable = .system) -> [UnsharedHours] {
        unsharedHours(from: time) { country, moment in zones.clocks(of: [country], at: moment) }
    }
}
