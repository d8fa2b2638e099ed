using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Market.Client.Files;

/// <summary>Writes files so that what was written is there after a crash: whole, under its name, or not at all.</summary>
public static partial class DurableFile
{
    private const string Temporary = ".new";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Replaces a file, or makes it: after a crash it is there as it was, or as it is to be. Only its owner can read it.
    /// On return it is on disk, and so is its name.</summary>
    /// <param name="path">Where; its folder is made.</param>
    /// <param name="bytes">All of it.</param>
    /// <exception cref="IOException">The disk does not take it: the file is as it was.</exception>
    public static void WriteWhole(string path, ReadOnlySpan<byte> bytes)
    {
        var folder = MakeFolderOf(path);
        var temporary = path + Temporary;
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(temporary, options))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        FlushFolder(folder);
    }

    /// <summary>Makes the folder that a file is to be in, for its owner only, its name on disk with it, and returns it.</summary>
    internal static string MakeFolderOf(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var there = folder;
        while (!Directory.Exists(there) && Path.GetDirectoryName(there) is { } above)
        {
            there = above;
        }

        // A folder that is there already is left as its owner made it.
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnly);
        }

        for (var made = folder; made != there; made = Path.GetDirectoryName(made)!)
        {
            FlushFolder(Path.GetDirectoryName(made)!);
        }

        return folder;
    }

    /// <summary>
    /// Puts a folder's names on disk: a rename or a new file is in its folder, and fsync(2) of the file alone does not write that.
    /// Windows has no such call and journals names by itself.
    /// </summary>
    /// <exception cref="IOException">The folder cannot be opened or written.</exception>
    internal static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // The framework opens no folders.
        using var handle = new SafeFileHandle(NativeMethods.Open(folder, NativeMethods.ReadOnly), ownsHandle: true);
        if (handle.IsInvalid)
        {
            throw new IOException($"The folder {folder} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}.");
        }

        RandomAccess.FlushToDisk(handle);
    }

    private static partial class NativeMethods
    {
        public const int ReadOnly = 0;

        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        internal static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
    }
}
