using System.Diagnostics;
using System.Text;

namespace Market.Chains.Postgres;

/// <summary>Where PostgreSQL's programs are, and as whom they run.</summary>
internal sealed class PostgresPrograms
{
    private const string DebianRoot = "/usr/lib/postgresql";
    private const int MostOutput = 16_384;
    private static readonly TimeSpan ExitPause = TimeSpan.FromMilliseconds(20);

    private readonly string _folder;
    private readonly string _systemUser;
    private readonly TimeProvider _clock;

    private PostgresPrograms(string folder, string major, string systemUser, TimeProvider clock)
    {
        _folder = folder;
        _systemUser = systemUser;
        _clock = clock;
        Major = major;
    }

    /// <summary>"15"; empty where the programs come from PATH.</summary>
    public string Major { get; }

    /// <summary>True where this process is root.</summary>
    public bool RunsAsSystemUser { get; } = Environment.IsPrivilegedProcess;

    /// <summary>The newest version installed; null where there is none.</summary>
    public static PostgresPrograms? Find(string systemUser, TimeProvider clock)
    {
        var newest = !Directory.Exists(DebianRoot) ? null : Directory.GetDirectories(DebianRoot)
            .Where(folder => File.Exists(Path.Combine(folder, "bin", "initdb")))
            .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var number) ? number : 0)
            .FirstOrDefault();
        if (newest is not null)
        {
            return new PostgresPrograms(Path.Combine(newest, "bin"), Path.GetFileName(newest), systemUser, clock);
        }

        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .FirstOrDefault(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, "initdb"))
                && File.Exists(Path.Combine(folder, "pg_ctl")));
        return onPath is null ? null : new PostgresPrograms(onPath, "", systemUser, clock);
    }

    /// <summary>Makes a folder that only the user of the cluster may enter.</summary>
    public async Task OwnAsync(string folder, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        if (RunsAsSystemUser)
        {
            var (code, output) = await RunPlainAsync(
                "chown", [$"{_systemUser}:", folder], TimeSpan.FromSeconds(10), cancellation).ConfigureAwait(false);
            if (code != 0)
            {
                throw new PrivatePostgresException(
                    $"Root cannot run PostgreSQL, and the system user {_systemUser} is missing ({output.Trim()}). "
                    + "Install Debian's package, which makes it: sudo apt-get install -y postgresql");
            }
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Runs one of the programs to its end.</summary>
    public Task<(int Code, string Output)> RunAsync(
        string program, IEnumerable<string> arguments, TimeSpan patience, CancellationToken cancellation)
    {
        var command = Command(program, arguments);
        return RunPlainAsync(command[0], command.Skip(1), patience, cancellation);
    }

    /// <summary>The command line that runs one of the programs as the cluster's user.</summary>
    public IReadOnlyList<string> Command(string program, IEnumerable<string> arguments)
    {
        var path = Path.Combine(_folder, program);
        return RunsAsSystemUser ? ["runuser", "-u", _systemUser, "--", path, .. arguments] : [path, .. arguments];
    }

    private async Task<(int Code, string Output)> RunPlainAsync(
        string program, IEnumerable<string> arguments, TimeSpan patience, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)
            ?? throw new PrivatePostgresException($"{program} could not be started.");
        process.StandardInput.Close();

        // The server inherits these pipes from pg_ctl, so their end says nothing: only the program's own exit counts.
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(output, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var limit = new TimeLimit(_clock, patience, cancellation);
        try
        {
            while (!process.HasExited)
            {
                await Task.Delay(ExitPause, _clock, limit.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            process.Kill();
            throw new PrivatePostgresException(
                $"{Path.GetFileName(program)} did not end within {patience.TotalSeconds:0} s.");
        }

        lock (output)
        {
            return (process.ExitCode, output.ToString());
        }
    }

    private static void Append(StringBuilder output, string? line)
    {
        lock (output)
        {
            if (line is not null && output.Length < MostOutput)
            {
                output.AppendLine(line);
            }
        }
    }
}
