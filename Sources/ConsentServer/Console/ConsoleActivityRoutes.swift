internal import ConsentAudit
internal import ConsentModel
internal import Hummingbird

/// Opt-ins and opt-outs over time, as a picture and as numbers. They name nobody.
enum ConsoleActivityRoutes {
    static let roles: Set<Role> = [.support, .audit, .legal, .protectionOfficer]

    static let routes = [
        ConsoleRoutes.page("/activity", "activity", roles) { visit in
            let access = try visit.exchange.access
            let frame = visit.frame
            do {
                let counted = try await visit.server.console.activity.counted(
                    visit.ledger.log, in: visit.ledger, access.opens)
                return frame.page("activity", "activity", values(counted, frame))
            } catch let error as AuditError {
                return uncounted(error, frame, isEmpty: try await hasNoCheckpoint(visit.ledger))
            }
        }
    ]

    private static func hasNoCheckpoint(_ ledger: ServedLedger) async throws -> Bool {
        try await ledger.blocking { [log = ledger.log] in
            do { return try log.read("checkpoint") == nil } catch { return false }
        }
    }

    /// What is said where the published log cannot be counted: that it is not there yet, or that something is wrong with it.
    private static func uncounted(_ error: AuditError, _ frame: ConsoleFrame, isEmpty: Bool) -> Response {
        let mayVerify = frame.reachable.contains { $0.name == "log" }
        var values: ConsoleTemplates.Values = ["mayVerify": mayVerify, "isEmpty": isEmpty]
        if !isEmpty { values["fault"] = frame.fault("log-uncounted", detail: "\(error)") }
        return frame.page("uncounted", "activity", values)
    }

    private static func values(_ counted: ActivityCount.Counted, _ frame: ConsoleFrame) -> ConsoleTemplates.Values {
        let points = counted.series.points
        let isWhole = counted.size >= counted.published
        let words =
            isWhole
            ? frame.pieces("activity-about", [.value("\(counted.size)")])
            : frame.pieces("activity-counting", [.value("\(counted.size)")], [.value("\(counted.published)")])
        var values: ConsoleTemplates.Values = [
            "pieces": ConsoleFrame.view(words), "hasActs": !points.isEmpty, "isWhole": isWhole,
            "caption": frame.text("activity-" + counted.series.step.rawValue),
            "rows": points.map { point -> ConsoleTemplates.Values in
                [
                    "start": String(point.start.description.prefix(10)), "given": "\(point.acts.given)",
                    "withdrawn": "\(point.acts.withdrawn)",
                ]
            },
        ]
        values.merge(Picture(points).values) { $1 }
        return values
    }

    /// Bars up for what was given, and down for what was withdrawn, on one scale.
    private struct Picture {
        private static let left: UInt64 = 70
        private static let width: UInt64 = 880
        private static let half: UInt64 = 140
        private static let middle: UInt64 = 160
        private static let mostTicks = 6

        let values: ConsoleTemplates.Values

        init(_ points: [ActSeries.Point]) {
            let most = max(1, points.map { max($0.acts.given, $0.acts.withdrawn) }.max() ?? 1)
            let count = UInt64(max(1, points.count))
            func height(_ acts: UInt64) -> UInt64 { acts == 0 ? 0 : max(2, acts * Self.half / most) }
            func x(_ position: Int) -> UInt64 { Self.left + UInt64(position) * Self.width / count }
            let width = max(1, min(60, Self.width / count * 4 / 5))
            var bars: [ConsoleTemplates.Values] = []
            func bar(_ style: String, _ position: Int, y: UInt64, _ height: UInt64) {
                guard height > 0 else { return }
                bars.append([
                    "style": style, "x": "\(x(position))", "y": "\(y)", "width": "\(width)", "barHeight": "\(height)",
                ])
            }
            for (position, point) in points.enumerated() {
                let (up, down) = (height(point.acts.given), height(point.acts.withdrawn))
                bar("given", position, y: Self.middle - up, up)
                bar("withdrawn", position, y: Self.middle, down)
            }
            let lines = [(Self.middle - Self.half, most), (Self.middle, 0), (Self.middle + Self.half, most)]
            let every = (points.count + Self.mostTicks - 1) / Self.mostTicks
            values = [
                "bars": bars, "height": "\(Self.middle + Self.half + 50)",
                "lines": lines.map { y, acts -> ConsoleTemplates.Values in
                    [
                        "left": "\(Self.left)", "right": "\(Self.left + Self.width)", "y": "\(y)",
                        "labelX": "\(Self.left - 8)", "labelY": "\(y + 5)", "label": "\(acts)",
                    ]
                },
                "ticks": points.enumerated().filter { every > 0 && $0.offset % every == 0 }.map {
                    position, point -> ConsoleTemplates.Values in
                    [
                        "x": "\(max(Self.left + 40, x(position) + width / 2))", "y": "\(Self.middle + Self.half + 35)",
                        "label": String(point.start.description.prefix(10)),
                    ]
                },
            ]
        }
    }
}
