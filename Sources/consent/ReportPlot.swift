internal import ConsentAudit
internal import ConsentModel

/// Acts over time as an inline SVG: what was given above the line, what was withdrawn below it. Directions and hatching
/// tell the two apart, so that no colour is needed; the same figures follow as a table.
struct ReportPlot {
    private let series: ActSeries
    private let given: UInt64
    private let withdrawn: UInt64

    private static let width = 960
    private static let height = 320
    private static let left = 70
    private static let right = 10
    private static let top = 30
    private static let bottom = 40
    /// How many dates are written below the bars at most.
    private static let mostLabels = 8

    init(_ series: ActSeries) {
        self.series = series
        given = series.points.reduce(0) { $0 + $1.acts.given }
        withdrawn = series.points.reduce(0) { $0 + $1.acts.withdrawn }
    }

    /// The lines of the figure and its table.
    var lines: [String] {
        guard !series.points.isEmpty else { return ["<p>\(ReportPage.escaped(ReportTexts.noActs))</p>"] }
        return ["<figure>"] + svg + table + ["</figure>"]
    }

    private var svg: [String] {
        let summary = ReportPage.escaped(ReportTexts.plotSummary(series, given: given, withdrawn: withdrawn))
        let most = max(series.points.map(\.acts.given).max() ?? 0, 1)
        let mostBelow = max(series.points.map(\.acts.withdrawn).max() ?? 0, 1)
        let plotHeight = Double(Self.height - Self.top - Self.bottom)
        // One scale for both, so that the bars can be compared.
        let unit = plotHeight / Double(most + mostBelow)
        let axis = Double(Self.top) + Double(most) * unit
        let step = Double(Self.width - Self.left - Self.right) / Double(series.points.count)
        let bar = max(step * 0.8, 0.2)
        var lines = [
            "<svg viewBox=\"0 0 \(Self.width) \(Self.height)\" role=\"img\" aria-labelledby=\"plot-title\">",
            "<title id=\"plot-title\">\(summary)</title>",
            "<defs><pattern id=\"hatch\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\">"
                + "<rect width=\"4\" height=\"4\" fill=\"#fff\"/>"
                + "<path d=\"M0 4L4 0\" stroke=\"#9a4a00\" stroke-width=\"1.5\"/></pattern></defs>",
            "<rect x=\"\(Self.left)\" y=\"6\" width=\"12\" height=\"12\" fill=\"#1b4f8a\"/>",
            "<text x=\"\(Self.left + 18)\" y=\"16\">given: \(given)</text>",
            "<rect x=\"\(Self.left + 160)\" y=\"6\" width=\"12\" height=\"12\" fill=\"url(#hatch)\" stroke=\"#9a4a00\"/>",
            "<text x=\"\(Self.left + 178)\" y=\"16\">withdrawn: \(withdrawn)</text>",
        ]
        for (position, point) in series.points.enumerated() {
            let x = Self.number(Double(Self.left) + Double(position) * step + (step - bar) / 2)
            let label = ReportPage.escaped(
                "\(point.start.date): \(point.acts.given) given, \(point.acts.withdrawn) withdrawn")
            for (count, isAbove) in [(point.acts.given, true), (point.acts.withdrawn, false)] where count > 0 {
                let tall = Double(count) * unit
                let y = Self.number(isAbove ? axis - tall : axis)
                let fill = isAbove ? "fill=\"#1b4f8a\"" : "fill=\"url(#hatch)\" stroke=\"#9a4a00\" stroke-width=\"0.5\""
                lines.append(
                    "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(Self.number(bar))\" height=\"\(Self.number(tall))\" \(fill)>"
                        + "<title>\(label)</title></rect>")
            }
        }
        lines += marks(axis: axis, unit: unit, most: most, mostBelow: mostBelow) + dates(step: step)
        return lines + ["</svg>"]
    }

    /// The line in the middle and the largest figures.
    private func marks(axis: Double, unit: Double, most: UInt64, mostBelow: UInt64) -> [String] {
        let heights = [(axis - Double(most) * unit, most), (axis, 0), (axis + Double(mostBelow) * unit, mostBelow)]
        return heights.flatMap { y, count in
            [
                "<line x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" y1=\"\(Self.number(y))\" "
                    + "y2=\"\(Self.number(y))\" stroke=\"#4a4a4a\" stroke-width=\"\(count == 0 ? "1" : "0.25")\"/>",
                "<text x=\"\(Self.left - 8)\" y=\"\(Self.number(y + 4))\" text-anchor=\"end\">\(count)</text>",
            ]
        }
    }

    private func dates(step: Double) -> [String] {
        let every = (series.points.count + Self.mostLabels - 1) / Self.mostLabels
        return stride(from: 0, to: series.points.count, by: every).map { position in
            let x = Self.number(Double(Self.left) + Double(position) * step)
            return "<text x=\"\(x)\" y=\"\(Self.height - 14)\">\(series.points[position].start.date)</text>"
        }
    }

    /// The figures behind the bars, steps without acts left out.
    private var table: [String] {
        let rows = series.points.filter { $0.acts.given + $0.acts.withdrawn > 0 }.map { point in
            "<tr><td>\(point.start.date)</td><td class=\"number\">\(point.acts.given)</td>"
                + "<td class=\"number\">\(point.acts.withdrawn)</td></tr>"
        }
        return [
            "<table>", "<caption>The same in figures; a \(series.step.rawValue) without acts is left out</caption>",
            "<thead><tr><th scope=\"col\">\(series.step.rawValue.prefix(1).uppercased() + series.step.rawValue.dropFirst()) "
                + "from</th><th scope=\"col\" class=\"number\">Given</th><th scope=\"col\" class=\"number\">Withdrawn</th></tr>"
                + "</thead>",
            "<tbody>",
        ] + rows + ["</tbody>", "</table>"]
    }

    /// With two decimals, the same on every machine.
    private static func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
