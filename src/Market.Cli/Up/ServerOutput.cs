using System.Diagnostics;
using Market.Cli.Common;

namespace Market.Cli.Up;

/// <summary>What the server's program writes when it is run for a task that only it can do, such as to read the database.</summary>
internal sealed class ServerOutput : IAsyncDisposable
{
    private const string OwnName = "market-api: ";
    private const int MostWords = 4_000;

    private readonly Process _process;
    private readonly Task<string> _errors;

    private ServerOutput(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    /// <summary>What it writes.</summary>
    public Stream Stream => _process.StandardOutput.BaseStream;

    /// <summary>Starts it.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="CliException">It is not here.</exception>
    public static ServerOutput Start(IEnumerable<string> arguments) =>
        new(Process.Start(new ProcessStartInfo("dotnet", [ServerProcess.Assembly(), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!);

    /// <summary>Waits for its end.</summary>
    /// <exception cref="CliException">It failed; the message is its own.</exception>
    public async Task EndAsync(CancellationToken cancellation)
    {
        await _process.WaitForExitAsync(cancellation);
        if (_process.ExitCode != 0)
        {
            var said = (await _errors).Trim().Replace(OwnName, "", StringComparison.Ordinal);
            throw new CliException("server-refused", said.Length > MostWords ? said[..MostWords] : said);
        }
    }

    /// <summary>Ends it where it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }
}
