using System.Buffers;

namespace Market.Chains.Stratum;

/// <summary>Cuts what a miner sends into lines.</summary>
internal static class StratumLines
{
    /// <summary>Takes the next whole line, without its end ("\n" or "\r\n").</summary>
    /// <param name="buffer">What came; what is left of it after the line.</param>
    /// <param name="line">The line.</param>
    /// <returns>False where none is whole yet.</returns>
    public static bool TryTake(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is not { } end)
        {
            line = default;
            return false;
        }

        line = buffer.Slice(0, end);
        buffer = buffer.Slice(buffer.GetPosition(1, end));
        if (!line.IsEmpty && line.Slice(line.Length - 1).FirstSpan[0] == '\r')
        {
            line = line.Slice(0, line.Length - 1);
        }

        return true;
    }

    /// <summary>True where what came is longer than any line and has no end.</summary>
    public static bool IsTooLong(in ReadOnlySequence<byte> rest) => rest.Length > StratumRequest.LongestLine;
}
