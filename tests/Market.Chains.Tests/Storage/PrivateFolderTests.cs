using Market.Chains.Storage;

namespace Market.Chains.Tests.Storage;

public sealed class PrivateFolderTests
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersLook = UnixFileMode.GroupRead | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    [Fact]
    public void A_folder_of_ones_own_is_closed_to_others_also_where_it_was_open()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["logs"], Owner | OthersLook);
        Assert.Equal(folder["logs"], PrivateFolder.Own(folder["logs"]));
        Assert.Equal(Owner, File.GetUnixFileMode(folder["logs"]));
        Assert.Equal(Owner, File.GetUnixFileMode(PrivateFolder.Own(folder["new"])));
    }

    [Fact]
    public void A_data_folder_is_made_so_that_nobody_looks_in_and_one_that_is_there_is_left_alone()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new TempFolder();
        var made = File.GetUnixFileMode(PrivateFolder.Data(folder["data"]));
        Assert.Equal(UnixFileMode.None, made & OthersLook);
        Assert.Equal(Environment.IsPrivilegedProcess, (made & UnixFileMode.OtherExecute) != 0);

        const UnixFileMode shared = Owner | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(folder["there"]);
        File.SetUnixFileMode(folder["there"], shared);
        PrivateFolder.Data(folder["there"]);
        Assert.Equal(shared, File.GetUnixFileMode(folder["there"]));
    }
}
