namespace Market.Chains.Storage;

/// <summary>Folders that nobody else on the machine looks into.</summary>
public static class PrivateFolder
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passing = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Makes a folder that is the program's own; one that is there is closed to others.</summary>
    /// <returns>The folder's whole path.</returns>
    public static string Own(string path)
    {
        var made = Directory.CreateDirectory(path).FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(made, Owner);
        return made;
    }

    /// <summary>Makes the folder that everything is kept in. One that is there is left as it is: it may hold more than this
    /// program's. Root's may be passed through, though not listed, since the cluster in it runs as another user.</summary>
    /// <returns>The folder's whole path.</returns>
    public static string Data(string path)
    {
        if (OperatingSystem.IsWindows()) return Directory.CreateDirectory(path).FullName;
        return Directory.CreateDirectory(path, Environment.IsPrivilegedProcess ? Owner | Passing : Owner).FullName;
    }
}
