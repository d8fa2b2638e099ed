using System.Globalization;

namespace Market.Cli.Common;

/// <summary>How far a run of the lab is: redrawn in place on a terminal, a line for every tenth where it is piped.</summary>
/// <param name="name">What runs.</param>
/// <param name="output">Where lines go.</param>
internal sealed class LabProgress(string name, Output output) : IProgress<double>
{
    private const int Tenth = 10;
    private static readonly bool IsTerminal = !Console.IsErrorRedirected;

    private readonly Lock _lock = new();
    private int _percent = -1;

    /// <inheritdoc/>
    public void Report(double value)
    {
        var percent = (int)(value * 100);
        lock (_lock)
        {
            if (percent <= _percent || (!IsTerminal && percent / Tenth <= _percent / Tenth && _percent >= 0))
            {
                return;
            }

            _percent = percent;
            if (IsTerminal)
            {
                Console.Error.Write($"\r{Text}");
            }
            else
            {
                output.Progress(Text);
            }
        }
    }

    /// <summary>Leaves the line as it stands.</summary>
    public void End()
    {
        if (IsTerminal)
        {
            Console.Error.WriteLine();
        }
    }

    private string Text => $"{name}: {_percent.ToString(CultureInfo.InvariantCulture),3}%";
}
