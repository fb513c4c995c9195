import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;

/** Reads every archive of a folder with the class that is named: a line each, in order of their names. */
public class Reader {
    public static void main(String[] arguments) throws Exception {
        File[] files = new File(arguments[1]).listFiles();
        Arrays.sort(files);
        PrintStream out = new PrintStream(new java.io.BufferedOutputStream(System.out), false, "US-ASCII");
        for (File file : files) {
            String line;
            try {
                line = "read" + (arguments[0].equals("ZipFile") ? directory(file) : stream(file));
            } catch (Exception | OutOfMemoryError error) {
                line = "refused " + error.getClass().getSimpleName() + " " + String.valueOf(error.getMessage()).replaceAll("\\s+", " ");
            }
            out.println(line);
        }
        out.flush();
    }

    static String directory(File file) throws Exception {
        StringBuilder line = new StringBuilder();
        try (ZipFile zip = new ZipFile(file)) {
            for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
                ZipEntry entry = entries.nextElement();
                try (InputStream body = zip.getInputStream(entry)) {
                    item(line, entry, body);
                }
            }
        }
        return line.toString();
    }

    static String stream(File file) throws Exception {
        StringBuilder line = new StringBuilder();
        try (ZipInputStream zip = new ZipInputStream(new FileInputStream(file))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                item(line, entry, zip);
            }
        }
        return line.toString();
    }

    static void item(StringBuilder line, ZipEntry entry, InputStream body) throws Exception {
        line.append(' ');
        hex(line, entry.getName().getBytes(StandardCharsets.UTF_8));
        line.append(':');
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
            bytes.write(buffer, 0, count);
        }
        hex(line, bytes.toByteArray());
    }

    static void hex(StringBuilder line, byte[] bytes) {
        for (byte one : bytes) {
            line.append(Character.forDigit(one >> 4 & 15, 16)).append(Character.forDigit(one & 15, 16));
        }
    }
}
