namespace Market.Chains.Storage;

/// <summary>A file held open by one process at a time; the system lets go of it when the process dies.</summary>
public sealed class FolderLock : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <param name="path">The file; made where missing, left where it is afterwards.</param>
    /// <param name="patience">How long to wait for another holder.</param>
    /// <param name="clock">The time of waiting.</param>
    /// <param name="cancellation">Stops waiting.</param>
    /// <exception cref="IOException">Another process holds it for longer than the patience.</exception>
    public static async Task<FolderLock> TakeAsync(
        string path, TimeSpan patience, TimeProvider clock, CancellationToken cancellation = default)
    {
        for (var tries = (int)(patience / Pause); tries > 0; tries--)
        {
            if (TryOpen(path) is { } file)
            {
                return new FolderLock(file);
            }

            await Task.Delay(Pause, clock, cancellation).ConfigureAwait(false);
        }

        throw new IOException($"Another process holds {path}.");
    }

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Lets go.</summary>
    public ValueTask DisposeAsync() => _file.DisposeAsync();
}
