using System.Globalization;
using System.Text;

namespace Market.Chains.Clock;

/// <summary>
/// The system's clock plus an offset in seconds read from a file at each use: on devnet all processes named the same
/// file move through time together. Timers run at the system's pace; only "now" moves. A file that is missing, empty
/// or no number counts as nought.
/// </summary>
/// <param name="path">The file that holds the offset, a decimal number of seconds.</param>
public sealed class DevClock(string path) : TimeProvider
{
    /// <summary>The environment variable that names the file.</summary>
    public const string Variable = "MARKET_DEV_CLOCK";

    private const int LongestNumber = 32;

    /// <summary>The offset as it stands in the file now.</summary>
    public TimeSpan Offset
    {
        get
        {
            try
            {
                using var stream = new FileStream(
                    path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, LongestNumber);
                Span<byte> bytes = stackalloc byte[LongestNumber];
                var read = stream.ReadAtLeast(bytes, LongestNumber, throwOnEndOfStream: false);
                var text = Encoding.ASCII.GetString(bytes[..read]).Trim();
                return decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var seconds)
                    ? TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond))
                    : TimeSpan.Zero;
            }
            catch (IOException)
            {
                return TimeSpan.Zero;
            }
        }
    }

    /// <summary>A <see cref="DevClock"/> where the environment names its file, else the system's clock.</summary>
    public static TimeProvider FromEnvironment() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } file ? new DevClock(file) : System;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;

    /// <summary>Writes an offset whole: a reader sees the old one or the new one.</summary>
    public void Set(TimeSpan offset)
    {
        var next = path + ".next";
        File.WriteAllText(next, offset.TotalSeconds.ToString("0.######", CultureInfo.InvariantCulture));
        File.Move(next, path, overwrite: true);
    }
}
