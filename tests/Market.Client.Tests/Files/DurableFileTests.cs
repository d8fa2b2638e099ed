using System.Text;
using Market.Client.Files;

namespace Market.Client.Tests.Files;

public sealed class DurableFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("market-files").FullName;

    private string Path => System.IO.Path.Combine(_folder, "deep", "er", "file");

    [Fact]
    public void A_whole_file_is_written_with_its_folders()
    {
        DurableFile.WriteWhole(Path, "one"u8);
        DurableFile.WriteWhole(Path, "two"u8);

        Assert.Equal("two", File.ReadAllText(Path));
        Assert.Single(Directory.GetFiles(System.IO.Path.GetDirectoryName(Path)!));
    }

    [Fact]
    public void A_file_is_as_it_was_where_a_write_was_cut_short()
    {
        DurableFile.WriteWhole(Path, "one"u8);
        File.WriteAllText(Path + ".new", "tw");

        Assert.Equal("one", File.ReadAllText(Path));
        DurableFile.WriteWhole(Path, "three"u8);
        Assert.Equal("three", File.ReadAllText(Path));
    }

    [Fact]
    public void A_file_is_as_it_was_where_the_disk_does_not_take_the_next()
    {
        DurableFile.WriteWhole(Path, "one"u8);
        Directory.CreateDirectory(Path + ".new");

        Assert.ThrowsAny<Exception>(() => DurableFile.WriteWhole(Path, "two"u8));
        Assert.Equal("one", File.ReadAllText(Path));
    }

    [Fact]
    public void A_folder_that_cannot_be_put_on_disk_is_an_error()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows journals names by itself.");
        DurableFile.FlushFolder(_folder);

        Assert.Throws<IOException>(() => DurableFile.FlushFolder(System.IO.Path.Combine(_folder, "missing")));
    }

    [Fact]
    public void Lines_torn_at_any_byte_are_cut_and_the_next_stands_by_itself()
    {
        string[] lines = ["first", "second and longer", "third"];
        using (var file = DurableLines.Open(Path, _ => true))
        {
            Array.ForEach(lines, line => file.Append(Encoding.UTF8.GetBytes(line)));
        }

        var whole = File.ReadAllBytes(Path);
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(Path, whole[..length]);
            var left = Encoding.UTF8.GetString(whole[..length]).Split('\n')[..^1];

            Assert.Equal(left, Appending("next"));
            Assert.Equal([.. left, "next"], Appending("last"));
        }
    }

    [Fact]
    public void A_line_that_a_crash_left_without_its_middle_is_cut()
    {
        File.WriteAllText(Made(), "good\n\0\0\0\0\n");

        Assert.Equal(["good"], Appending("next", line => !line.Contains('\0')));
        Assert.Equal(["good", "next"], Appending("last"));
    }

    [Fact]
    public void A_bad_line_that_others_follow_is_damage_and_nothing_is_cut()
    {
        const string text = "good\nbad\ngood\n";
        File.WriteAllText(Made(), text);

        Assert.Throws<InvalidDataException>(() => Appending("next", line => line != "bad"));
        Assert.Equal(text, File.ReadAllText(Path));
    }

    [Fact]
    public void A_line_has_no_end_within() =>
        Assert.Throws<ArgumentException>(() => Appending("two\nlines"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Made()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        return Path;
    }

    /// <summary>Opens, appends a line, and returns those that were there before.</summary>
    private List<string> Appending(string line, Predicate<string>? isGood = null)
    {
        var read = new List<string>();
        using var file = DurableLines.Open(Path, bytes =>
        {
            var text = Encoding.UTF8.GetString(bytes.Span);
            if (isGood?.Invoke(text) == false)
            {
                return false;
            }

            read.Add(text);
            return true;
        });
        file.Append(Encoding.UTF8.GetBytes(line));
        return read;
    }
}
