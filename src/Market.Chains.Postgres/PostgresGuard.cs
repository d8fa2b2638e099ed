using System.Collections.Concurrent;
using System.Diagnostics;

namespace Market.Chains.Postgres;

/// <summary>
/// Stops a private cluster whose starter is gone without having stopped it: a small shell beside it that waits for the end of
/// a pipe, which the system closes however the starter ends. Whoever starts the cluster next and is quicker signs as its owner;
/// the guard then leaves it alone.
/// </summary>
internal sealed class PostgresGuard : IDisposable
{
    private const string Stopped = "stopped";

    // Signals to the whole group of processes (Ctrl-C) are for the starter. The lock is the one that starters take.
    private const string Script = """
        exec >/dev/null 2>&1
        trap '' INT TERM HUP QUIT
        home=$1 owner=$2 ; shift 2
        said= ; read -r said
        [ "$said" = stopped ] && exit 0
        cd "$home" || exit 0
        exec 9>>starting.lock
        flock 9 || exit 0
        [ "$(cat owner)" = "$owner" ] && "$@" 9>&-
        """;

    // A guard that is nobody's any more is not one whose starter is gone: were it collected, its pipe would be closed and the
    // cluster stopped under whoever still works on it.
    private static readonly ConcurrentDictionary<PostgresGuard, bool> Standing = new();

    private readonly Process _shell;

    private PostgresGuard(Process shell) => _shell = shell;

    /// <summary>Signs as the owner of the cluster in a folder, and sets a guard. Called under the starters' lock.</summary>
    /// <param name="home">The folder with the starters' lock.</param>
    /// <param name="stop">The command that stops the cluster.</param>
    /// <returns>Null where the system has no such shell.</returns>
    public static PostgresGuard? Set(string home, IReadOnlyList<string> stop)
    {
        var owner = Guid.NewGuid().ToString("N");
        File.WriteAllText(Path.Combine(home, "owner"), owner);
        if (OperatingSystem.IsWindows()) return null;
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "market-postgres-guard", home, owner, .. stop])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment["LC_ALL"] = "C";
        if (Process.Start(start) is not { } shell) return null;
        var guard = new PostgresGuard(shell);
        Standing[guard] = true;
        return guard;
    }

    /// <summary>The cluster is stopped, or another's affair: nothing is left to guard.</summary>
    public void Dispose()
    {
        Standing.TryRemove(this, out _);
        try
        {
            _shell.StandardInput.WriteLine(Stopped);
            _shell.StandardInput.Close();
        }
        catch (IOException)
        {
            // The shell is gone already.
        }

        _shell.Dispose();
    }
}
