extension UInt64 {
    /// The number that ASCII `digits` write in base ten; `nil` unless they are exactly what writing it gives: no sign,
    /// no leading zero, no overflow.
    init?(canonicalDecimal digits: some BidirectionalCollection<UInt8>) {
        guard 1...20 ~= digits.count, digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
            let (tenfold, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = tenfold.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            guard !overflowed, !carried else { return nil }
            value = sum
        }
        self = value
    }
}
